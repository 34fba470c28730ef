-- Java regular expressions on PostgreSQL's engine: what is translated, and what is refused by name.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE SCHEMA patterns;
CREATE TABLE patterns.orders (id int PRIMARY KEY);
CREATE TABLE patterns."orders 2" (id int PRIMARY KEY);
CREATE TABLE patterns."a.b*c" (id int PRIMARY KEY);
CREATE TABLE patterns."comma,name" (id int PRIMARY KEY);
CREATE TABLE patterns."Übermaß" (id int PRIMARY KEY);
CREATE FUNCTION patterns.matching(pattern text) RETURNS text LANGUAGE sql AS
  $$SELECT string_agg("table", '; ') FROM penstock.tables('table.include.list', pattern) WHERE kind = 'table' AND schema = 'patterns'$$;
SELECT pattern, patterns.matching(pattern) FROM (VALUES
  ('patterns.orders'), ('orders'), ('PATTERNS\.ORDERS.*'), ('(?i)patterns\.ORDERS'), ('patterns\.orders\b.*'),
  ('patterns\.\Qa.b*c\E'), ('patterns\.comma\,name'), ('patterns\.(?<name>orders)'), ('patterns\.ord(?=ers).*'),
  ('patterns\.[^ ]*ers'), ('patterns\.\w+'), ('patterns\.orders\x202'), ('patterns\.orders{1\,2}'), ('patterns\.Übermaß'),
  ('patterns\.(?:orders|a\.b\*c)'), (' patterns.orders , patterns\.a.* ')) v (pattern);
-- refused
SELECT patterns.matching('patterns\.[a-z&&[^b]]+');
SELECT patterns.matching('patterns\.[a-z[0-9]]+');
SELECT patterns.matching('patterns\.\p{Lu}+');
SELECT patterns.matching('patterns\.(?s)a');
SELECT patterns.matching('patterns\.o++');
SELECT patterns.matching('patterns\.(?>o)');
SELECT patterns.matching('patterns\.\R');
SELECT patterns.matching('patterns\.\x{61}');
SELECT patterns.matching('patterns\.(orders');
SELECT patterns.matching('patterns\');
DROP SCHEMA patterns CASCADE;

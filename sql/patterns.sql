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

-- what the engine gives up on is neither a match nor none: compiled with much stack, and run with little from the second frame on
CREATE TABLE patterns.deep (id int PRIMARY KEY, topic text, filler text);
INSERT INTO patterns.deep SELECT n, 'aa' || n, repeat('x', 70000) FROM generate_series(1, 4) n;
CREATE FUNCTION patterns.deep_regex(depth int) RETURNS text LANGUAGE sql AS $$ SELECT '(a)' || repeat('(?:', depth) || '\1' || repeat('|b)', depth) || '.*' $$;
CREATE FUNCTION patterns.deep_options(depth int) RETURNS text[] LANGUAGE sql AS $$
  SELECT ARRAY['topic.prefix', 'p', 'transforms', 'u,r', 'transforms.u.type', 'io.debezium.transforms.ExtractNewRecordState', 'transforms.u.route.by.field', 'topic',
               'transforms.r.type', 'org.apache.kafka.connect.transforms.RegexRouter', 'transforms.r.regex', patterns.deep_regex(depth), 'transforms.r.replacement', 'found']
$$;
SELECT length(frame) > 70000 AS rows, stack FROM (SELECT penstock.snapshot('patterns.deep'::regclass, 'SELECT * FROM patterns.deep ORDER BY id',
  VARIADIC patterns.deep_options(10)) AS frame, set_config('max_stack_depth', '100kB', false) AS stack) s;
RESET max_stack_depth;
\set VERBOSITY terse
SELECT length(frame) > 70000 AS rows, stack FROM (SELECT penstock.snapshot('patterns.deep'::regclass, 'SELECT * FROM patterns.deep ORDER BY id',
  VARIADIC patterns.deep_options(1000)) AS frame, set_config('max_stack_depth', '100kB', false) AS stack) s;
RESET max_stack_depth;
DROP SCHEMA patterns CASCADE;

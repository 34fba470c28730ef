-- The functions with arguments that nobody should give: null, elements that are null, arrays of arrays, calls outside their place.
\set VERBOSITY terse
CREATE SCHEMA functions;
CREATE TABLE functions.t (id int PRIMARY KEY, v text);
CREATE VIEW functions.v AS SELECT * FROM functions.t;
INSERT INTO functions.t VALUES (1, 'a'), (2, 'b');
SELECT penstock.version() IS NOT NULL AS has_version;

SELECT penstock.topic_groups(NULL);
SELECT penstock.topic_groups(NULL, VARIADIC NULL);
SELECT penstock.topic_groups(NULL, VARIADIC ARRAY['topic.prefix', NULL]);
SELECT penstock.topic_groups(ARRAY['a', NULL]);
SELECT penstock.topic_groups('{}');
SELECT penstock.topic_groups(ARRAY[['a', 'b'], ['c', NULL]]);
SELECT penstock.topic_groups(ARRAY['a'], VARIADIC ARRAY['topic.prefix', NULL]);
SELECT penstock.topic_groups(ARRAY['a'], VARIADIC ARRAY[NULL, 'x']);
SELECT penstock.topic_groups(ARRAY['a'], 'topic.prefix');
SELECT penstock.topic_groups(ARRAY['a'], VARIADIC '[5:6]={topic.prefix,shop}');

SELECT count(*) FROM penstock.tables(VARIADIC NULL) WHERE schema = 'functions';
SELECT count(*) FROM penstock.tables(VARIADIC ARRAY[['schema.include.list', 'functions'], ['topic.prefix', 'shop']]) WHERE schema = 'functions';
SELECT count(*) FROM penstock.tables(NULL, NULL);
SELECT count(*) FROM penstock.tables('schema.include.list', NULL) WHERE schema = 'functions';
SELECT (penstock.tables('schema.include.list', 'functions')).kind;
SELECT (SELECT "table" FROM penstock.tables('schema.include.list', 'functions') LIMIT 1);

SELECT count(*) >= 0 AS lives FROM penstock.capture_findings(VARIADIC NULL);
SELECT count(*) FROM penstock.capture_findings(NULL, 'x');
SELECT cardinality(penstock.selected_tables(VARIADIC NULL)) > 0 AS lives;
SELECT penstock.selected_tables(NULL, 'x');
SELECT cardinality(penstock.selected_tables('schema.include.list', NULL)) > 0 AS lives;

SELECT penstock.snapshot(NULL, 'SELECT * FROM functions.t');
SELECT count(*) FROM (SELECT penstock.snapshot('functions.t', 'SELECT * FROM functions.t', VARIADIC NULL) OFFSET 0) AS f;
SELECT penstock.snapshot('functions.t', 'SELECT * FROM functions.t', VARIADIC ARRAY[NULL, NULL]);
SELECT penstock.snapshot('functions.v', 'SELECT * FROM functions.v');
SELECT penstock.snapshot('pg_class', 'SELECT * FROM pg_class');
SELECT penstock.snapshot(0::oid::regclass, 'SELECT 1');
SELECT penstock.snapshot('functions.t', 'SELECT');
SELECT penstock.snapshot('functions.t', 'SELECT 1; SELECT 2');
SELECT penstock.snapshot('functions.t', 'CREATE TABLE functions.x ()');
SELECT penstock.snapshot('functions.t', 'SELECT penstock.snapshot(''functions.t'', ''SELECT * FROM functions.t'')');
SELECT count(*) FROM ROWS FROM (penstock.snapshot('functions.t', 'SELECT * FROM functions.t')) AS f;
SELECT CASE WHEN true THEN penstock.snapshot('functions.t', 'SELECT * FROM functions.t') END;

\set VERBOSITY default
DROP SCHEMA functions CASCADE;

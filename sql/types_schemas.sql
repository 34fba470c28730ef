-- Schemas of columns: the names, parameters, fields and docs of each type, what the modes make of them, what mappers add. The
-- other types are in the connector's own records: tests/conformance/cases/29, 30, 41, 42.
SET synchronous_commit = on;
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
CREATE EXTENSION hstore;
CREATE EXTENSION isn;
CREATE TYPE types_mood AS ENUM ('b', 'a "q"');
ALTER TYPE types_mood ADD VALUE 'c,d' BEFORE 'a "q"';
CREATE DOMAIN types_price AS numeric(8, 2);
CREATE TYPE types_place AS (x float8, mood types_mood, prices types_price[]);
CREATE TABLE types_schemas (id serial PRIMARY KEY, e types_mood, ae types_mood[], p types_price, n numeric, an numeric[], m money, h hstore, ha hstore[],
  i isbn, ia isbn[], b bytea, vb varbit(9), bx box, abx box[], adom types_price[], c types_place, ac types_place[], tv tsvector[], iv int2vector,
  bits bit(3)[], pt point NOT NULL, v varchar(7) NOT NULL DEFAULT 'x', t3 time(3), dt timestamp(0), dz timestamptz(2), d double precision);
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');
INSERT INTO types_schemas (pt) VALUES ('(1,2)');
CREATE FUNCTION types_fields(VARIADIC options text[]) RETURNS TABLE (field text) LANGUAGE sql AS $$
  SELECT f::text FROM pg_logical_slot_peek_changes('types', NULL, NULL, VARIADIC options || ARRAY['topic.prefix', 'shop',
    'value.converter.schemas.enable', 'true']), json_array_elements(data::json -> 'value' -> 'schema' -> 'fields') envelope,
    json_array_elements(envelope -> 'fields') f WHERE envelope ->> 'field' = 'after'
$$;
SELECT * FROM types_fields('include.unknown.datatypes', 'true');
-- modes
SELECT * FROM types_fields('include.unknown.datatypes', 'true', 'binary.handling.mode', 'hex', 'decimal.handling.mode', 'string',
  'hstore.handling.mode', 'map', 'column.include.list', '.*[.](b|p|n|an|m|h|ha|bx|abx)');
SELECT * FROM types_fields('decimal.handling.mode', 'double', 'money.fraction.digits', '4', 'column.include.list', '.*[.](p|n|m)');
SELECT * FROM types_fields('money.fraction.digits', '4', 'column.include.list', '.*[.]m');
SELECT * FROM types_fields('penstock.composite.handling.mode', 'struct', 'column.include.list', '.*[.]a?c');
-- mappers
SELECT * FROM types_fields('column.mask.with.3.chars', '.*[.](v|id|p)', 'column.truncate.to.6.chars', '.*[.](v|e|b|i|n)', 'column.include.list',
  '.*[.](v|id|p|e|b|i|n)');
SELECT * FROM types_fields('column.propagate.source.type', '.*', 'datatype.propagate.source.type', '.*');
SELECT * FROM types_fields('datatype.propagate.source.type', 'public.types_schemas.(types_.*|_numeric|varchar)', 'column.include.list', '.*[.](id|e|p|an|v|b)');

SELECT pg_drop_replication_slot('types');
DROP FUNCTION types_fields;
DROP TABLE types_schemas;
DROP TYPE types_mood, types_place;
DROP DOMAIN types_price;
DROP EXTENSION hstore, isn;

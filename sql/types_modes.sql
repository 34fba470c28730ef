-- The modes that are not the default: the same row in each.
SET synchronous_commit = on;
\pset format unaligned
SET timezone = 'UTC';

CREATE TABLE types_modes (
  n integer PRIMARY KEY, p numeric(10,2), v numeric, s numeric(20,12), m money, na numeric(5,1)[], b bytea, ba bytea[],
  d date, da date[], t time, t3 time(3), tta time[], ts timestamp, ts3 timestamp(3), tz timestamptz, iv interval, def numeric(5,2) DEFAULT 1.5);
CREATE TABLE types_required (
  n integer PRIMARY KEY, p numeric(10,2) NOT NULL, v numeric NOT NULL, m money NOT NULL, b bytea NOT NULL, d date NOT NULL, t time NOT NULL,
  ts timestamp NOT NULL, iv interval NOT NULL);
-- some members of the rows that are there to be decoded, without taking them
CREATE FUNCTION types_peek(name text, value text, VARIADIC members text[]) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT string_agg(format('"%s":%s', m.key, m.value), ', ' ORDER BY m.nr)
  FROM pg_logical_slot_peek_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'tombstones.on.delete', 'false', name, value)
    WITH ORDINALITY AS c(lsn, xid, data, nr),
  coalesce(nullif(split_part(split_part(data, '"after":', 2), ',"source":', 1), 'null'),
    split_part(split_part(data, '"before":', 2), ',"after":', 1)) AS row,
  json_each(row::json) WITH ORDINALITY AS m(key, value, nr) WHERE m.key = ANY (members) GROUP BY c.nr ORDER BY c.nr $$;
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');

INSERT INTO types_modes VALUES
  (1, 1234.50, 10.1100, 0.000000012, 1234.11, '{1.5,NULL}', '\xfbff00', '{"\\x00fb","\\xff"}', '2016-11-04', '{2016-11-04}',
   '13:51:30.123456', '13:51:30.123', '{24:00}', '2016-11-04 13:51:30.123456', '2016-11-04 13:51:30.12', '2016-11-04 13:51:30+02',
   '1 year 2 mons 3 days 04:05:06.78', 0),
  (2, 0, 1e20, 0, -0.05, '{}', '', '{}', '0044-03-15 BC', '{}', '00:00', '24:00', '{}', '0001-01-01 BC', '10000-01-01', 'infinity',
   '-1 year -1 day -00:00:00.000001', NULL);
INSERT INTO types_modes (n, d, ts, ts3) VALUES (3, 'infinity', 'infinity', '-infinity'), (4, NULL, '1500-01-01', NULL);
DELETE FROM types_modes WHERE n = 1;
INSERT INTO types_required VALUES (1, 1, 1, 1, '\x01', '2020-01-01', '01:02:03', '2020-01-01', '1 day');
DELETE FROM types_required;

SELECT * FROM types_peek('decimal.handling.mode', 'double', 'p', 'v', 's', 'm', 'na', 'def');
SELECT * FROM types_peek('value.converter.decimal.format', 'NUMERIC', 'p', 'v', 's', 'm', 'na', 'def');
SELECT * FROM types_peek('time.precision.mode', 'connect', 'd', 'da', 't', 't3', 'tta', 'ts', 'ts3', 'tz');
SELECT * FROM types_peek('time.precision.mode', 'isostring', 'd', 'da', 't', 't3', 'tta', 'ts', 'ts3', 'tz');
SELECT * FROM types_peek('time.precision.mode', 'microseconds', 'd', 'da', 't', 't3', 'tta', 'ts', 'ts3', 'tz');
SELECT * FROM types_peek('time.precision.mode', 'nanoseconds', 'd', 'da', 't', 't3', 'tta', 'ts', 'ts3', 'tz');
SELECT * FROM types_peek('binary.handling.mode', 'base64', 'b', 'ba');
SELECT * FROM types_peek('binary.handling.mode', 'base64-url-safe', 'b', 'ba');
SELECT * FROM types_peek('binary.handling.mode', 'hex', 'b', 'ba');
SELECT * FROM types_peek('interval.handling.mode', 'string', 'iv');
SELECT * FROM types_peek('value.converter.replace.null.with.default', 'false', 'n', 'def');

SELECT pg_drop_replication_slot('types');
DROP FUNCTION types_peek;
DROP TABLE types_modes, types_required;

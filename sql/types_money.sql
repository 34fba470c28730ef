-- money: the stored integer counts cents, or what the smallest unit of lc_monetary is; money.fraction.digits rounds half up.
SET synchronous_commit = on;
\pset format unaligned
\set SHOW_CONTEXT never
SET lc_monetary = 'C';
\set after 'split_part(split_part(data, ''"after":'', 2), '',"source":'', 1) AS after'
\set before 'split_part(split_part(data, ''"before":'', 2), '',"after":'', 1) AS before'

CREATE TABLE types_money (m money);
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');
INSERT INTO types_money VALUES ('1234.11'), ('-1234.11'), ('0'), ('0.50'), ('-0.50'), ('-0.49'), ('1.49'), ('0.05'),
  ('92233720368547758.07'), ('-92233720368547758.08'), (NULL);

-- the unscaled number, in hexadecimal
\set unscaled 'encode(decode(split_part(split_part(data, ''"m":"'', 2), ''"'', 1), ''base64''), ''hex'') AS unscaled'
\set changes 'pg_logical_slot_peek_changes(''types'', NULL, NULL, ''topic.prefix'', ''shop'', ''money.fraction.digits'''
SELECT :unscaled FROM :changes, '2');
SELECT :unscaled FROM :changes, '0');
SELECT :unscaled FROM :changes, '1');
SELECT :unscaled FROM :changes, '4');
SELECT :unscaled FROM :changes, '38');
-- the same by the server
SELECT n, to_hex(n) FROM unnest(ARRAY[123411, -123411, 1234, -1234, 12341100, -12341100]) n;

SELECT :after FROM :changes, '0', 'value.converter.decimal.format', 'NUMERIC');
SELECT :after FROM :changes, '1', 'value.converter.decimal.format', 'NUMERIC');
SELECT :after FROM :changes, '4', 'value.converter.decimal.format', 'NUMERIC');
SELECT :after FROM :changes, '7', 'value.converter.decimal.format', 'NUMERIC');
SELECT :after FROM :changes, '0', 'decimal.handling.mode', 'double');
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'money.fraction.digits', '0',
  'decimal.handling.mode', 'string');

CREATE TABLE types_required (id integer PRIMARY KEY, m money NOT NULL);
INSERT INTO types_required VALUES (1, '1');
DELETE FROM types_required;
SELECT :before FROM :changes, '3', 'skipped.operations', 'c', 'tombstones.on.delete', 'false', 'decimal.handling.mode', 'string');
SELECT :before FROM :changes, '8', 'skipped.operations', 'c', 'tombstones.on.delete', 'false', 'decimal.handling.mode', 'string');
SELECT :before FROM :changes, '3', 'skipped.operations', 'c', 'tombstones.on.delete', 'false');
SELECT 1 FROM :changes, '39');

SELECT pg_drop_replication_slot('types');
DROP TABLE types_money, types_required;

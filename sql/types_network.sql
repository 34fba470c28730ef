-- Network addresses and ranges: the server's text. Settings of the session have no part in it.
SET synchronous_commit = on;
\pset format unaligned
\set after 'split_part(split_part(data, ''"after":'', 2), '',"source":'', 1) AS after'

CREATE TABLE types_network (id integer PRIMARY KEY, ip inet, cd cidr, mac macaddr, mac8 macaddr8);
CREATE TABLE types_ranges (id integer PRIMARY KEY, r4 int4range, r8 int8range, rn numrange, rt tsrange, rtz tstzrange, rd daterange);
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');

INSERT INTO types_network VALUES
  (1, '192.168.2.0/12', '10.1.0.0/16', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05'),
  (3, '::1', '::/0', '00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff:ff:ff'),
  (4, '10.0.0.1', '2001:db8::/32', 'AB-CD-EF-01-23-45', '08:00:2b:01:02:03'),
  (5, '::ffff:1.2.3.4/128', '0.0.0.0/0', NULL, NULL);
INSERT INTO types_network (id) VALUES (6);
INSERT INTO types_ranges VALUES
  (1, '[1000,6000]', '[1,)', '(1.5,2.50]', '[2019-03-31 15:30:00, infinity)', '[2017-06-05 11:29:12.549426+00,)', '[2019-03-31,2019-04-02]'),
  (3, 'empty', '(,)', '(,0)', 'empty', '(,2020-01-01 00:00:00.1+05:30)', '(,)'),
  (4, '(,5]', '[-3,-1]', '[NaN,NaN]', '[0044-03-15 12:00:00 BC, 2020-01-01)', '[-infinity, infinity]', '[0044-03-15 BC, infinity)');
INSERT INTO types_ranges (id) VALUES (6);
SET timezone = 'America/New_York';
SET datestyle = 'SQL, DMY';
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop');
RESET timezone;
RESET datestyle;

SELECT pg_drop_replication_slot('types');
DROP TABLE types_network, types_ranges;

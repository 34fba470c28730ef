-- Dates, times and intervals in the modes of time.precision.mode. Settings of the session have no part in it.
SET synchronous_commit = on;
\pset format unaligned
\set SHOW_CONTEXT never
SET timezone = 'UTC';
\set after 'split_part(split_part(data, ''"after":'', 2), '',"source":'', 1) AS after'
\set before 'split_part(split_part(data, ''"before":'', 2), '',"after":'', 1) AS before'

CREATE TABLE types_dates (d date);
CREATE TABLE types_times (t time, t0 time(0), t3 time(3), t4 time(4), ttz timetz, ttz0 timetz(0));
CREATE TABLE types_timestamps (ts timestamp, ts0 timestamp(0), ts3 timestamp(3), ts5 timestamp(5), tz timestamptz, tz0 timestamptz(0),
  tz2 timestamptz(2));
CREATE TABLE types_intervals (iv interval);
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');

INSERT INTO types_dates VALUES ('2016-11-04'), ('1970-01-01'), ('1969-12-31'), ('0001-01-01'), ('9999-12-31'), ('2024-02-29'),
  ('1582-10-15'), ('1582-10-04'), ('0044-03-15 BC'), ('4713-01-01 BC'), ('5874897-12-31'), ('infinity'), ('-infinity'), (NULL);
INSERT INTO types_times VALUES
  ('13:51:30', '13:51:30.5', '13:51:30.1239', '13:51:30.12345', '13:51:30.123789+02', '13:51:30-03:30'),
  ('00:00:00', '00:00:00', '23:59:59.999', '00:00:00.0001', '00:00:00+00', '23:59:59-11'),
  ('24:00:00', '24:00:00', '12:00', '12:00', '11:51:02.5Z', '11:51:02Z'),
  ('23:59:59.999999', NULL, NULL, NULL, '00:30:00+15', '24:00:00+00');
INSERT INTO types_timestamps VALUES
  ('2016-11-04 13:51:30.123456', '2016-11-04 13:51:30.5', '2016-11-04 13:51:30.1236', '2016-11-04 13:51:30.123456',
   '2016-11-04 13:51:30.123456+02', '2016-11-04 13:51:30.12+02', '2016-11-04 13:51:30.1-07'),
  ('1936-10-25 22:10:12.608', '1969-12-31 23:59:59', '1900-01-01 00:00:00.001', '1970-01-01 00:00:00',
   '1969-12-31 23:59:59.999999+00', '1900-02-28 00:00:00+00', '2000-01-01 00:00:00+00'),
  ('4713-12-31 23:59:59.999999 BC', '0001-01-01 00:00:00', '2024-02-29 12:00:00', '9999-12-31 23:59:59.99999',
   '4713-12-31 23:59:59.999999+00 BC', '21016-11-04 06:51:30+00', '0044-03-15 12:00:00+00 BC'),
  ('infinity', 'infinity', 'infinity', 'infinity', 'infinity', 'infinity', 'infinity'),
  ('-infinity', '-infinity', '-infinity', '-infinity', '-infinity', '-infinity', '-infinity'),
  ('1582-10-10 00:00:00', '1883-11-18 12:03:57', '2262-04-11 23:47:16.854', '0001-12-31 00:00:00 BC',
   '294276-12-31 23:59:59.999999+00', '0001-12-31 00:00:00+00 BC', '10000-01-01 00:00:00+00');
INSERT INTO types_intervals VALUES ('1 year 2 mons 3 days 04:05:06.78'), ('0'), ('-1 year -1 day -00:00:00.000001'), ('1 mon'),
  ('100 hours -5 minutes'), ('-4 mons +13 days -00:00:01.5'), ('1 year 1 mon 1 day 1:1:1.000001'), ('178000000 years');

SET timezone = 'America/New_York';
SET datestyle = 'SQL, DMY';
SET intervalstyle = 'iso_8601';
SELECT :after FROM pg_logical_slot_peek_changes('types', NULL, NULL, 'topic.prefix', 'shop');
-- only time(0) to time(3) differ
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'time.precision.mode',
  'adaptive_time_microseconds', 'table.include.list', 'public.types_times');
RESET datestyle;
RESET intervalstyle;

-- beyond the year 294247 microseconds since 1970 do not fit: no wrapping around
INSERT INTO types_timestamps (ts, ts3) VALUES ('294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999');
SELECT :after FROM pg_logical_slot_peek_changes('types', NULL, NULL, 'topic.prefix', 'shop');
SELECT :after FROM pg_logical_slot_peek_changes('types', NULL, NULL, 'topic.prefix', 'shop',
  'event.converting.failure.handling.mode', 'fail');
SELECT count(*) FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop');

CREATE TABLE types_required (id integer PRIMARY KEY, d date NOT NULL, t time NOT NULL, t3 time(3) NOT NULL, ttz timetz NOT NULL,
  ts timestamp NOT NULL, ts3 timestamp(3) NOT NULL, tz timestamptz NOT NULL, iv interval NOT NULL);
INSERT INTO types_required VALUES (1, '2024-01-01', '01:02:03', '01:02:03.456', '01:02:03+01', '2024-01-01 01:02:03',
  '2024-01-01 01:02:03.456', '2024-01-01 01:02:03+00', '1 day');
DELETE FROM types_required;
SELECT :before FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'tombstones.on.delete', 'false');

SELECT pg_drop_replication_slot('types');
DROP TABLE types_dates, types_times, types_timestamps, types_intervals, types_required;

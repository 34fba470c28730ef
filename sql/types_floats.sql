-- real and double precision: Java's Double.toString with the shortest digits (JDK 19 and later).
SET synchronous_commit = on;
\pset format unaligned
\set after 'split_part(split_part(data, ''"after":'', 2), '',"source":'', 1) AS after'

CREATE TABLE types_floats (f4 real, f8 double precision);
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');

-- plain from 1e-3 up to 1e7, at least one digit on each side of the point
INSERT INTO types_floats VALUES (3.3, 4.44), (0, 0), (1e-3, 1e7), (9.9999e-4, 9999999.0), (0.1, 0.1), (16777216, 123456789012345680),
  (2e10, 2.0e-3), (33554432.5, 100), (1e10, 12345678.9), (9999999, 1234567.875), (-1.5, -123456789.125), (0.001234, 0.0001234);
-- not numbers, and the sign of zero
INSERT INTO types_floats VALUES ('NaN', 'NaN'), ('Infinity', 'Infinity'), ('-Infinity', '-Infinity'), ('-0', '-0');
-- limits; the smallest have two digits, because one would not be the nearest
INSERT INTO types_floats VALUES (3.4028235e38, 1.7976931348623157e308), (1.4e-45, 4.9e-324), (2.8e-45, 9.88e-324),
  (1.17549435e-38, 2.2250738585072014e-308);
-- halfway between two numbers the shorter decimal reads back as the even one
INSERT INTO types_floats VALUES (8.5e9, 2e23), (9.064e9, 1e23), (1e22, 9007199254740993), (8.41e21, 8.41e21), (NULL, 2e24);

SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop');

SELECT pg_drop_replication_slot('types');
DROP TABLE types_floats;

INSERT INTO o VALUES (1,'none');
SELECT pg_replication_origin_session_setup('rem ote');
INSERT INTO o VALUES (2,'o');
BEGIN; SELECT pg_replication_origin_xact_setup('0/AABBCC', '2020-01-01 00:00:00+00'); INSERT INTO o VALUES (3,'o'); UPDATE o SET id = 4 WHERE id = 3; COMMIT;
SELECT pg_replication_origin_session_reset();
INSERT INTO o VALUES (5,'none');

SELECT pg_logical_emit_message(true, 'audit', 'text é🐘');
SELECT pg_logical_emit_message(false, 'audit.x', '\xfbff00'::bytea);
SELECT pg_logical_emit_message(true, 'Audit', '');
BEGIN; INSERT INTO a VALUES (2, NULL); SELECT pg_logical_emit_message(true, 'q"uo\te', 'x"y\z'); SELECT pg_logical_emit_message(false, 'audit', 'mid'); UPDATE a SET id = 3 WHERE id = 2; COMMIT;
BEGIN; SELECT pg_logical_emit_message(true, 'only', 'a'); SELECT pg_logical_emit_message(true, 'only', 'b'); COMMIT;
BEGIN; SAVEPOINT s; SELECT pg_logical_emit_message(true, 'gone', 'a'); ROLLBACK TO s; INSERT INTO a VALUES (9); COMMIT;
SELECT pg_logical_emit_message(true, 'a,b', repeat('long', 3000));
SELECT pg_logical_emit_message(true, 'audit b', '\x'::bytea);
INSERT INTO a VALUES (10);

INSERT INTO dd VALUES (2,'y',2,2.5);
-- @sync
ALTER TABLE dd ADD COLUMN d text DEFAULT 'dd' NOT NULL; INSERT INTO dd VALUES (3,'z',3,3.5); UPDATE dd SET b = 9 WHERE id = 1; DELETE FROM dd WHERE id = 2;
-- @sync
ALTER TABLE dd DROP COLUMN b; INSERT INTO dd VALUES (4,'z',4.5,'q');
-- @sync
ALTER TABLE dd RENAME COLUMN a TO "A2"; ALTER TABLE dd ALTER c TYPE text; UPDATE dd SET d = 'upd' WHERE id = 4;
-- @sync
ALTER TABLE dd ALTER id TYPE bigint; INSERT INTO dd VALUES (5000000000,'q','t','u');
-- @sync
ALTER TABLE dd ALTER "A2" SET DEFAULT 'other', ALTER c SET NOT NULL; INSERT INTO dd VALUES (6,'x','t','u'); DELETE FROM dd WHERE id = 6;
-- @sync
ALTER TABLE dd DROP CONSTRAINT dd_pkey; ALTER TABLE dd REPLICA IDENTITY FULL; INSERT INTO dd VALUES (7,'x','t','u');
-- @sync
UPDATE dd SET d = 'nk' WHERE id = 7;
ALTER TABLE dd ADD PRIMARY KEY (c, id); INSERT INTO dd VALUES (8,'x','t8','u');
-- @sync
UPDATE dd SET c = 'moved' WHERE id = 8;
ALTER TABLE ren RENAME TO ren2; INSERT INTO ren2 VALUES (1,'r');
-- @sync
CREATE SCHEMA z; ALTER TABLE ren2 SET SCHEMA z; INSERT INTO z.ren2 VALUES (2,'r');
-- @sync
DROP TABLE dr; CREATE TABLE public.dr (k text PRIMARY KEY, w int); INSERT INTO dr VALUES ('new',1);
-- @sync
CREATE TABLE public.newt (id serial PRIMARY KEY, v varchar(5) DEFAULT 'n'); INSERT INTO newt VALUES (DEFAULT, DEFAULT); 
-- @sync
ALTER TABLE newt RENAME id TO ident; INSERT INTO newt VALUES (DEFAULT, NULL);

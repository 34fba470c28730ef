CREATE TYPE public.addr AS (street text, no int);
CREATE TABLE public.exotic (id int PRIMARY KEY, bx box, ci circle, li line, ls lseg, pa path, po polygon, tq tsquery, pl pg_lsn, x8 xid8, co public.addr, jp jsonpath, rc regclass, sn txid_snapshot, t text);
INSERT INTO public.exotic VALUES (1, '((0,0),(1,1))', '<(10,20),10>', '{-1,0,0}', '[(0,0),(1,1.5)]', '((0,0),(1,1),(2,0))', '((0,0),(1,1),(2,0))', 'fat & rat', '16/B374D848', '42', ROW('Main "St"', 5), '$.a[*]', 'pg_class', '10:20:10,14,15', 'snap');

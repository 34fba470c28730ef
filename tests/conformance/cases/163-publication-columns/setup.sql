CREATE TABLE public.b1 (id int PRIMARY KEY, a text, s int, n int NOT NULL DEFAULT 3); CREATE TABLE public.b2 (id int PRIMARY KEY, a text); CREATE TABLE public.b3 (id int PRIMARY KEY, a text); INSERT INTO b1 VALUES (1,'x',1); INSERT INTO b2 VALUES (1,'x'); INSERT INTO b3 VALUES (1,'x');
CREATE PUBLICATION shop_publication FOR TABLE b1 (id, s, a), b2, zz_sentinel;

CREATE TABLE public.ev (id int, at int, v text, v2 int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE public.ev_1 PARTITION OF public.ev FOR VALUES FROM (0) TO (100);
CREATE TABLE public.ev_2 (v2 int, v text, junk int, at int NOT NULL, id int NOT NULL); ALTER TABLE public.ev_2 DROP junk; ALTER TABLE public.ev ATTACH PARTITION public.ev_2 FOR VALUES FROM (100) TO (200);
CREATE TABLE public.ev_3 PARTITION OF public.ev FOR VALUES FROM (200) TO (300) PARTITION BY RANGE (id);
CREATE TABLE public.ev_3a PARTITION OF public.ev_3 FOR VALUES FROM (0) TO (14); CREATE TABLE public.ev_3d PARTITION OF public.ev_3 DEFAULT;
INSERT INTO ev VALUES (1,1,'a'),(2,101,'b'),(3,201,'a'),(4,202,'z');

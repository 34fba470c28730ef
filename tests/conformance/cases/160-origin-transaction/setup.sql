CREATE TABLE public.o (id int PRIMARY KEY, v text); SELECT pg_replication_origin_create('rem ote'); SELECT pg_replication_origin_create('o2');

CREATE TABLE public.a (id int PRIMARY KEY, b bytea); INSERT INTO a VALUES (1, '\xfb');

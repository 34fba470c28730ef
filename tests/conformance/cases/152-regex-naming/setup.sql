CREATE TABLE public.shard_1 (id int PRIMARY KEY, v text); CREATE TABLE public.shard_2 (id int PRIMARY KEY, v text, w int); CREATE TABLE public.other (id int PRIMARY KEY, v text); CREATE TABLE public.shard_n (id int, v text);
INSERT INTO public.shard_1 VALUES (1,'a'); INSERT INTO public.shard_2 VALUES (1,'b',2); INSERT INTO public.other VALUES (1,'c'); INSERT INTO public.shard_n VALUES (1,'n');

INSERT INTO public.shard_1 VALUES (2,'a'); INSERT INTO public.shard_2 VALUES (2,'b',2); INSERT INTO public.other VALUES (2,'c'); INSERT INTO public.shard_n VALUES (2,'n');
UPDATE public.shard_1 SET id = 3 WHERE id = 1; DELETE FROM public.shard_2 WHERE id = 1; UPDATE public.other SET v = 'z';

INSERT INTO public.flat VALUES (2, NULL, 2.5, NULL, 'y', NULL, NULL, NULL);
UPDATE public.flat SET name = 'upd', dest='beta' WHERE id = 1;
UPDATE public.flat SET id = 3 WHERE id = 2;
DELETE FROM public.flat WHERE id = 1;
TRUNCATE public.flat;

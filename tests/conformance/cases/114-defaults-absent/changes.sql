INSERT INTO public.d (id) VALUES (101);
UPDATE public.d SET id=103 WHERE id=101;
DELETE FROM public.d;

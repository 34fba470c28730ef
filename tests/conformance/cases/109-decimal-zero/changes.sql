INSERT INTO public.z VALUES (0,0,0,0,'0',NULL,0,1e-10,1e-8);
DELETE FROM public.z;

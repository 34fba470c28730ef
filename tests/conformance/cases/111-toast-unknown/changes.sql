UPDATE public.t SET n = 1;
UPDATE public.ta SET n = 1;

INSERT INTO public.keys VALUES (-0.01, E'x\ny', '1969-12-31', '1969-12-31 23:59:59.999', 1e10, '\x', '11111111-1111-1111-1111-111111111112');
UPDATE public.keys SET n = 100, t = 'moved', d='1970-01-01', ts='1970-01-02' WHERE n = 1.5;
UPDATE public.keys SET n = 12.3, t = 'm\2', ts = '1970-01-01 00:00:00.5', d = '2021-01-01' WHERE n = -0.01;
DELETE FROM public.keys WHERE n = 100;

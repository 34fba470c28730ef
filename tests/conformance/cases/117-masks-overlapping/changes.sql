INSERT INTO public.m VALUES (3,'žš🐘 long text value','tenletters','ab','CiTe','{abc,defgh}','\x0102030405','a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11','{"a": 1}',5,1.5,'sad','abcd','z','','x','<a/>','\x010203');
INSERT INTO public.m (id,b,o) VALUES (4,'','é');
UPDATE public.m SET i=9;
UPDATE public.m SET id=10 WHERE id=1;
DELETE FROM public.m;

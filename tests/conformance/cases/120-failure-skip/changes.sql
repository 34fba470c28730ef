INSERT INTO public.f VALUES (2,'Infinity','NaN','{1,NaN}','-infinity');

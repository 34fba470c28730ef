CREATE TABLE public.f (id int PRIMARY KEY, n numeric, n2 numeric(5,2) DEFAULT 1, ns numeric[], t timestamp);
INSERT INTO public.f VALUES (1,'NaN','NaN','{NaN}','infinity');

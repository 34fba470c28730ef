CREATE TABLE public.z (id numeric(20,12) PRIMARY KEY, a numeric(20,12) NOT NULL, b numeric(9,6) NOT NULL, c numeric(9,7) NOT NULL DEFAULT 0, d money NOT NULL, e numeric(30,20) DEFAULT 0.00000001, f numeric NOT NULL, g numeric NOT NULL DEFAULT 1e-9, h numeric(20,10) DEFAULT -1.5e-9);
INSERT INTO public.z VALUES (0.000000000001,0,0,0,0,0,0,0,0),(1,1,1,1,1,1,1,1,1);

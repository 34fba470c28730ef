CREATE TABLE public.ix (id int PRIMARY KEY, u uuid NOT NULL, n numeric(5,2) NOT NULL DEFAULT 1, t text DEFAULT 'x', b bytea NOT NULL, j jsonb NOT NULL DEFAULT '{}', ts timestamptz NOT NULL, a int[] NOT NULL, d date NOT NULL DEFAULT current_date, e text NOT NULL);
CREATE UNIQUE INDEX ixu ON public.ix (u, n); ALTER TABLE public.ix REPLICA IDENTITY USING INDEX ixu;
CREATE TABLE public.no (id int PRIMARY KEY, t text NOT NULL DEFAULT 'q'); ALTER TABLE public.no REPLICA IDENTITY NOTHING;
CREATE TABLE public.nk (a int, b text NOT NULL); ALTER TABLE public.nk REPLICA IDENTITY FULL;
CREATE TABLE public.uq (a int NOT NULL UNIQUE, b text NOT NULL, c numeric); ALTER TABLE public.uq REPLICA IDENTITY USING INDEX uq_a_key;
INSERT INTO public.ix VALUES (1,'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',2.5,NULL,'\x01','{"a":1}','2020-01-01','{1}','2020-01-01','é');
INSERT INTO public.no VALUES (1,'n'); INSERT INTO public.nk VALUES (NULL,'b'); INSERT INTO public.uq VALUES (1,'b',NULL);

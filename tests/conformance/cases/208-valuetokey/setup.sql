CREATE TABLE public.flat (id int PRIMARY KEY, name text DEFAULT 'dflt', price numeric(8,2), tags text[], nn text NOT NULL DEFAULT 'q', at timestamptz, b bytea, dest text);
INSERT INTO public.flat VALUES (1, 'snap', 1.5, '{a,b}', 'x', '2020-01-01', '\x01', 'alpha');

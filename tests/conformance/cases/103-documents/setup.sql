CREATE EXTENSION hstore;
CREATE TABLE public.j (id int PRIMARY KEY, a json, b jsonb, c json[] , d jsonb[], x xml, t text, v tsvector, h hstore);
INSERT INTO public.j VALUES (1,E'{"a" :\n\t[1 ,2]}','{"z":1,"a":1.10,"e":1e3,"u":"\u0041"}',ARRAY['{ "q" : "x\"y" }'::json],ARRAY['"s"'::jsonb],E'<a>\n&lt;</a>',E'\u2028x','''it''s'':1A,2B ''x\\y''','"a b"=>"c,d", é=>NULL');

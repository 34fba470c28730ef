INSERT INTO public.exotic VALUES (2, '((0.5,0),(1,1e10))', '<(1.5,-2),0>', '{1,2,3}', '[(0,0),(1e-7,1)]', '[(0,0),(1,1)]', '((0,0))', '!a | b', '0/0', '18446744073709551615', ROW(NULL, NULL), '$', 'pg_type', '1:1:', 'stream');
INSERT INTO public.exotic (id, t) VALUES (3, 'nulls');

INSERT INTO public.outbox VALUES ('11111111-1111-1111-1111-111111111111', 'order', 'o-1', 'OrderCreated', '{"id": 1, "lines": [{"sku": "a", "qty": 2},{"sku":null,"x":1.0}], "note": null, "ok": true, "price": 1.5, "big": 5000000000, "nest":{"a":{"b":[1,2]}}, "e":[], "s":"q\"u"}', '2024-01-01 00:00:00+00', 1, 't1', 0, '2023-05-05 05:05:05.123456', 7);
INSERT INTO public.outbox VALUES ('11111111-1111-1111-1111-111111111112', 'customer', 'c-1', 'Gone', NULL, '2024-01-01 00:00:00.5+00', 2, 't2', 0, NULL, NULL);
INSERT INTO public.outbox VALUES ('11111111-1111-1111-1111-111111111114', 'order', 'o-3', 'Odd', '[1,2]', NULL, 2, NULL, 0, '2023-05-05', 7);
INSERT INTO public.outbox VALUES ('11111111-1111-1111-1111-111111111115', 'order', 'o-4', 'Str', '"plain"', NULL, 2, NULL, 0, '2023-05-05', 8);
UPDATE public.outbox SET tenant = 'u';
DELETE FROM public.outbox;

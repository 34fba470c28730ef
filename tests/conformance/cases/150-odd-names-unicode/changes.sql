INSERT INTO "Sch ema.x"."T""bl e" VALUES (2,'a2','b',3,'c'); INSERT INTO "схема"."таблица_🐘" VALUES (2,'x'); INSERT INTO a_b.c_d VALUES (2,'x'); INSERT INTO a_b."c-d" VALUES (2,'d');
UPDATE "Sch ema.x"."T""bl e" SET "Id $" = 5 WHERE "Id $" = 2; UPDATE "схема"."таблица_🐘" SET "з" = 'q'; DELETE FROM a_b.c_d WHERE id = 1; UPDATE a_b."Ünï" SET "ß" = 'é' ;

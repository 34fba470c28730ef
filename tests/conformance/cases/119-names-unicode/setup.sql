CREATE SCHEMA "we-ird Ü";
CREATE TABLE "we-ird Ü"."Ta ble_x-1" ("1id" int, "a-b" text DEFAULT 'x', "ü" int, "_u" int, "a b" int, "x.y" int, "$" int, "A__b" int, "9" int, "q""q" int, "日本" int, "a:b" point, "n-n" numeric, "a_b" int, PRIMARY KEY ("1id","ü"));
INSERT INTO "we-ird Ü"."Ta ble_x-1" VALUES (1,'a',1,1,1,1,1,1,1,1,1,'(1,2)',1,1);
CREATE TABLE public."9tab" ("key-é" int PRIMARY KEY, e int);

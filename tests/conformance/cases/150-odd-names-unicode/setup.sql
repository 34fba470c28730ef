CREATE SCHEMA "Sch ema.x"; CREATE SCHEMA "схема"; CREATE SCHEMA a_b;
CREATE TABLE "Sch ema.x"."T""bl e" ("Id $" int PRIMARY KEY, "v.w" text, "__x" text, "9n" int, "ñ🐘" text);
CREATE TABLE "схема"."таблица_🐘" ("ключ" int PRIMARY KEY, "з" text);
CREATE TABLE a_b.c_d (id int PRIMARY KEY, a_b text);
CREATE TABLE a_b."c-d" (id int PRIMARY KEY, a_b text);
CREATE TABLE a_b."Ünï" (id int, "ß" text, PRIMARY KEY (id, "ß"));
INSERT INTO "Sch ema.x"."T""bl e" VALUES (1,'a','b',3,'c'); INSERT INTO "схема"."таблица_🐘" VALUES (1,'x'); INSERT INTO a_b.c_d VALUES (1,'x'); INSERT INTO a_b."c-d" VALUES (1,'d'); INSERT INTO a_b."Ünï" VALUES (1,'ß');

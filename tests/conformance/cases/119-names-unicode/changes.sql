INSERT INTO "we-ird Ü"."Ta ble_x-1" VALUES (2,'a',1,1,1,1,1,1,1,1,1,'(1,2)',1,1);
UPDATE "we-ird Ü"."Ta ble_x-1" SET "1id"=5 WHERE "1id"=2;
DELETE FROM "we-ird Ü"."Ta ble_x-1";
INSERT INTO public."9tab" VALUES (1,2);

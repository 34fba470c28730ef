INSERT INTO ev VALUES (11,11,'a',1),(12,112,'b',2),(13,213,'a',3),(14,214,'q',4);
UPDATE ev SET id = 30 WHERE id = 13;
DELETE FROM ev;

-- What purchasing has to look at.
SELECT id AS product_id, sku, stock
FROM products
WHERE stock <= 10

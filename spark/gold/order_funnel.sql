-- Where the orders stand.
SELECT status, count(*) AS orders
FROM orders
GROUP BY status

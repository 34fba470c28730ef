-- What each customer has paid for.
SELECT customer_id, count(*) AS orders, sum(total) AS revenue, max(placed_at) AS last_order_at
FROM orders
WHERE status IN ('paid', 'shipped', 'delivered')
GROUP BY customer_id

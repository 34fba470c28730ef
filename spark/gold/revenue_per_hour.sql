-- Orders that were paid, by the hour in which they were placed (UTC).
SELECT date_trunc('hour', placed_at) AS hour, count(*) AS orders, sum(total) AS revenue
FROM orders
WHERE status IN ('paid', 'shipped', 'delivered')
GROUP BY date_trunc('hour', placed_at)

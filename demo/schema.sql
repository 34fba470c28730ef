-- The shop of demo and pipeline. What people have: serial keys, foreign keys, defaults, triggers that write elsewhere, old rows kept whole.
CREATE SCHEMA shop;
SET search_path = shop;

CREATE TABLE customers (
  id serial PRIMARY KEY,
  email text NOT NULL UNIQUE,
  full_name varchar(120) NOT NULL,
  phone varchar(32),
  address jsonb NOT NULL DEFAULT '{}',
  marketing_opt_in boolean NOT NULL DEFAULT false,
  loyalty_points integer NOT NULL DEFAULT 0,
  birthday date,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE products (
  id serial PRIMARY KEY,
  sku varchar(24) NOT NULL UNIQUE,
  name text NOT NULL,
  description text,
  price numeric(10,2) NOT NULL CHECK (price >= 0),
  weight_kg numeric(8,3),
  stock integer NOT NULL DEFAULT 0,
  attributes jsonb NOT NULL DEFAULT '{}',
  active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE orders (
  id serial PRIMARY KEY,
  customer_id integer NOT NULL REFERENCES customers,
  status text NOT NULL DEFAULT 'pending',
  currency char(3) NOT NULL DEFAULT 'EUR',
  total numeric(10,2) NOT NULL DEFAULT 0,
  shipping_address jsonb,
  note text,
  placed_at timestamptz NOT NULL DEFAULT now(),
  deliver_by timestamp,
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE order_items (
  id serial PRIMARY KEY,
  order_id integer NOT NULL REFERENCES orders ON DELETE CASCADE,
  product_id integer NOT NULL REFERENCES products,
  quantity smallint NOT NULL CHECK (quantity > 0),
  unit_price numeric(10,2) NOT NULL,
  discount numeric(5,2) NOT NULL DEFAULT 0.00
);
CREATE INDEX ON order_items (order_id);

CREATE TABLE payments (
  id serial PRIMARY KEY,
  order_id integer NOT NULL REFERENCES orders ON DELETE CASCADE,
  method text NOT NULL CHECK (method IN ('card', 'paypal', 'wire_transfer')),
  amount numeric(10,2) NOT NULL,
  status text NOT NULL DEFAULT 'captured' CHECK (status IN ('captured', 'announced', 'refunded')),
  paid_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON payments (order_id);

CREATE TABLE inventory_movements (
  id bigserial PRIMARY KEY,
  product_id integer NOT NULL REFERENCES products,
  delta integer NOT NULL,
  reason text NOT NULL,
  moved_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE customer_activity (
  id bigserial PRIMARY KEY,
  customer_id integer REFERENCES customers,
  kind text NOT NULL,
  ip inet,
  user_agent text,
  details jsonb,
  happened_at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END $$;
CREATE TRIGGER touch BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE UPDATE ON products FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();

-- An order line takes from the stock, says so in the movements, and adds to the order's total.
CREATE FUNCTION take_from_stock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE shop.products SET stock = stock - NEW.quantity WHERE id = NEW.product_id;
  INSERT INTO shop.inventory_movements (product_id, delta, reason) VALUES (NEW.product_id, -NEW.quantity, 'order ' || NEW.order_id);
  UPDATE shop.orders SET total = total + round(NEW.quantity * NEW.unit_price - NEW.discount, 2) WHERE id = NEW.order_id;
  RETURN NULL;
END $$;
CREATE TRIGGER take_from_stock AFTER INSERT ON order_items FOR EACH ROW EXECUTE FUNCTION take_from_stock();

-- A status that changes is an activity of the customer; a delivered order brings points.
CREATE FUNCTION follow_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status <> OLD.status THEN
    INSERT INTO shop.customer_activity (customer_id, kind, details)
    VALUES (NEW.customer_id, 'order_' || NEW.status, jsonb_build_object('order', NEW.id, 'total', NEW.total));
    IF NEW.status = 'delivered' THEN
      UPDATE shop.customers SET loyalty_points = loyalty_points + NEW.total::integer WHERE id = NEW.customer_id;
    END IF;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER follow_status AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION follow_status();

ALTER TABLE customers REPLICA IDENTITY FULL;
ALTER TABLE products REPLICA IDENTITY FULL;
ALTER TABLE orders REPLICA IDENTITY FULL;
ALTER TABLE order_items REPLICA IDENTITY FULL;
ALTER TABLE payments REPLICA IDENTITY FULL;
ALTER TABLE inventory_movements REPLICA IDENTITY FULL;
ALTER TABLE customer_activity REPLICA IDENTITY FULL;

INSERT INTO customers (email, full_name, phone, address, marketing_opt_in, birthday)
SELECT format('%s.%s%s@example.com', lower(f), lower(l), n), f || ' ' || l, CASE WHEN n % 3 > 0 THEN format('+49 30 %s', 100000 + n) END,
       jsonb_build_object('city', city, 'zip', (10115 + n)::text, 'lines', jsonb_build_array('Hauptstraße ' || n, NULL)),
       n % 4 = 0, date '1950-01-01' + (n * 37) % 20000
FROM generate_series(1, 2000) n,
     LATERAL (SELECT (ARRAY['Ada','Grace','Edsger','Barbara','Alan','Frances','Niklaus','Margaret','Donald','Zoë'])[1 + n % 10] f,
                     (ARRAY['Lovelace','Hopper','Dijkstra','Liskov','Turing','Allen','Wirth','Hamilton','Knuth','Müller'])[1 + n / 10 % 10] l,
                     (ARRAY['Berlin','Köln','Wien','Zürich','Gdańsk','Århus'])[1 + n % 6] city) names;

INSERT INTO products (sku, name, description, price, weight_kg, stock, attributes)
SELECT format('SKU-%s', lpad(n::text, 6, '0')), kind || ' No. ' || n, repeat('A ' || kind || ' that lasts. ', 1 + n % 12),
       round((5 + (n * 7919) % 6000 / 100.0)::numeric, 2), round((0.1 + n % 50 / 10.0)::numeric, 3), 1000 + n % 500,
       jsonb_build_object('colour', (ARRAY['red','green','blue','“quoted”'])[1 + n % 4], 'tags', jsonb_build_array(kind, 'shop'))
FROM generate_series(1, 500) n, LATERAL (SELECT (ARRAY['kettle','lamp','chair','notebook','bicycle bell'])[1 + n % 5] kind) kinds;

-- What the sink sends, numbered in its order. A file of statements_test.ts, which says how to renew it.

-- delete.enabled, purchase-totals
-- 1.
delete from "purchase_totals"."order_total" as r
 using (select u.c0 as "order_id"
          from unnest($1::int8[]) as u(c0)) as n
 where r."order_id" = n."order_id";

-- delete.enabled, a composite key
-- 1.
delete from "Shop"."order item" as r
 using (select u.c0 as "Order ""id""", u.c1 as "line"
          from unnest($1::int8[], $2::int4[]) as u(c0, c1)) as n
 where r."Order ""id""" = n."Order ""id""" and r."line" = n."line";

-- What the sink sends, numbered in its order. A file of statements_test.ts, which says how to renew it.

-- insert.mode=update
-- 1.
update "Shop"."order item" as r
   set "at" = n."at",
       "code" = n."code",
       "extra" = n."extra",
       "note" = n."note",
       "price" = n."price",
       "relation" = n."relation",
       "state" = n."state",
       "tags" = n."tags",
       "waited" = n."waited"
  from (select u.c0 as "Order ""id""", u.c1 as "line", cast(u.c2 as timestamptz(3)) as "at", u.c3 as "code", u.c4 as "extra", u.c5 as "note", cast(u.c6 as numeric(10, 2)) as "price", u.c7 as "relation", cast(u.c8 as shop.item_state) as "state", cast(u.c9 as text[]) as "tags", pg_catalog.interval_in(pg_catalog.textout(u.c10), 0, 134283263) as "waited"
          from unnest($1::int8[], $2::int4[], $3::timestamptz[], $4::bpchar[], $5::jsonb[], $6::text[], $7::numeric[], $8::regclass[], $9::text[], $10::text[], $11::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10)) as n
 where r."Order ""id""" = n."Order ""id""" and r."line" = n."line";

-- insert.mode=update, a key and nothing else: no statement

-- What the sink sends, numbered in its order. A file of statements_test.ts, which says how to renew it.

-- insert.mode=insert, every kind of column
-- 1.
insert into "Shop"."order item" as r ("Order ""id""", "at", "code", "extra", "line", "note", "price", "relation", "state", "tags", "waited")
select u.c0, cast(u.c1 as timestamptz(3)), u.c2, u.c3, u.c4, u.c5, cast(u.c6 as numeric(10, 2)), u.c7, cast(u.c8 as shop.item_state), cast(u.c9 as text[]), pg_catalog.interval_in(pg_catalog.textout(u.c10), 0, 134283263)
  from unnest($1::int8[], $2::timestamptz[], $3::bpchar[], $4::jsonb[], $5::int4[], $6::text[], $7::numeric[], $8::regclass[], $9::text[], $10::text[], $11::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10);

-- insert.mode=ignore, a composite key
-- 1.
insert into "Shop"."order item" as r ("Order ""id""", "line", "at", "code", "extra", "note", "price", "relation", "state", "tags", "waited")
select u.c0, u.c1, cast(u.c2 as timestamptz(3)), u.c3, u.c4, u.c5, cast(u.c6 as numeric(10, 2)), u.c7, cast(u.c8 as shop.item_state), cast(u.c9 as text[]), pg_catalog.interval_in(pg_catalog.textout(u.c10), 0, 134283263)
  from unnest($1::int8[], $2::int4[], $3::timestamptz[], $4::bpchar[], $5::jsonb[], $6::text[], $7::numeric[], $8::regclass[], $9::text[], $10::text[], $11::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10)
on conflict ("Order ""id""", "line") do nothing;

-- insert.mode=upsert, purchase-totals
-- 1.
insert into "purchase_totals"."order_total" as r ("order_id", "created_at", "total")
select u.c0, u.c1, cast(u.c2 as numeric(14, 2))
  from unnest($1::int8[], $2::timestamptz[], $3::numeric[]) as u(c0, c1, c2)
on conflict ("order_id")
do update set "created_at" = excluded."created_at",
              "total" = excluded."total";

-- insert.mode=upsert, a composite key
-- 1.
insert into "Shop"."order item" as r ("Order ""id""", "line", "at", "code", "extra", "note", "price", "relation", "state", "tags", "waited")
select u.c0, u.c1, cast(u.c2 as timestamptz(3)), u.c3, u.c4, u.c5, cast(u.c6 as numeric(10, 2)), u.c7, cast(u.c8 as shop.item_state), cast(u.c9 as text[]), pg_catalog.interval_in(pg_catalog.textout(u.c10), 0, 134283263)
  from unnest($1::int8[], $2::int4[], $3::timestamptz[], $4::bpchar[], $5::jsonb[], $6::text[], $7::numeric[], $8::regclass[], $9::text[], $10::text[], $11::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10)
on conflict ("Order ""id""", "line")
do update set "at" = excluded."at",
              "code" = excluded."code",
              "extra" = excluded."extra",
              "note" = excluded."note",
              "price" = excluded."price",
              "relation" = excluded."relation",
              "state" = excluded."state",
              "tags" = excluded."tags",
              "waited" = excluded."waited";

-- insert.mode=upsert, a key and nothing else
-- 1.
insert into "Shop"."order item" as r ("Order ""id""", "line")
select u.c0, u.c1
  from unnest($1::int8[], $2::int4[]) as u(c0, c1)
on conflict ("Order ""id""", "line") do nothing;

-- traced for a search, and the marks taken back
-- 1.
insert into "purchase_totals"."order_total" as r ("order_id", "created_at", "total")
select u.c0, u.c1, cast(u.c2 as numeric(14, 2))
  from unnest($1::int8[], $2::timestamptz[], $3::numeric[]) with ordinality as u(c0, c1, c2, place)
 where (pg_advisory_lock(pg_backend_pid(), u.place::int) is not null
        and (u.place = 1 or pg_advisory_unlock(pg_backend_pid(), u.place::int - 1)))
on conflict ("order_id")
do update set "created_at" = excluded."created_at",
              "total" = excluded."total";
-- 2.
select objid::int8::int as place, pg_advisory_unlock(classid::int8::int, objid::int8::int) as "isFree"
  from pg_catalog.pg_locks
 where locktype = 'advisory' and pid = pg_backend_pid() and classid = pg_backend_pid()::oid and objsubid = 2;

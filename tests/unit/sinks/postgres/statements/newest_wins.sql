-- What the sink sends, numbered in its order. A file of statements_test.ts, which says how to renew it.

-- billing: by time alone
-- 1.
merge into "billing"."customer_order" as r
using (select u.c0 as "order_id", u.c1 as "cents", u.c2 as "customer_key", u.c3 as "ordered_at"
         from unnest($1::int8[], $2::int8[], $3::bytea[], $4::timestamptz[]) as u(c0, c1, c2, c3)) as n
   on r."order_id" = n."order_id"
when matched
     and true
     and (r."ordered_at" is null or n."ordered_at" > r."ordered_at") then
  update
   set "cents" = n."cents",
       "customer_key" = n."customer_key",
       "ordered_at" = n."ordered_at"
when not matched then
  insert ("order_id", "cents", "customer_key", "ordered_at")
  values (n."order_id", n."cents", n."customer_key", n."ordered_at");

-- billing: by time alone; before PostgreSQL 15
-- 1.
update "billing"."customer_order" as r
   set "cents" = n."cents",
       "customer_key" = n."customer_key",
       "ordered_at" = n."ordered_at"
  from (select u.c0 as "order_id", u.c1 as "cents", u.c2 as "customer_key", u.c3 as "ordered_at", place
          from unnest($1::int8[], $2::int8[], $3::bytea[], $4::timestamptz[]) with ordinality as u(c0, c1, c2, c3, place)) as n
 where r."order_id" = n."order_id"
   and true
   and (r."ordered_at" is null or n."ordered_at" > r."ordered_at")
returning n.place::int as place;
-- 2.
insert into "billing"."customer_order" as r ("order_id", "cents", "customer_key", "ordered_at")
select n."order_id", n."cents", n."customer_key", n."ordered_at"
  from (select u.c0 as "order_id", u.c1 as "cents", u.c2 as "customer_key", u.c3 as "ordered_at"
          from unnest($1::int8[], $2::int8[], $3::bytea[], $4::timestamptz[]) as u(c0, c1, c2, c3)) as n
 where not exists (select from "billing"."customer_order" as x where x."order_id" = n."order_id")
on conflict ("order_id") do nothing;
-- 3. again 1.
-- 4.
select count(*) filter (where r."order_id" is null)::int as missing,
       count(*) filter (where not (r."order_id" is null) and (true) is not true)::int as closed
  from (select u.c0 as "order_id", u.c1 as "cents", u.c2 as "customer_key", u.c3 as "ordered_at"
          from unnest($1::int8[], $2::int8[], $3::bytea[], $4::timestamptz[]) as u(c0, c1, c2, c3)) as n
  left join "billing"."customer_order" as r on r."order_id" = n."order_id";

-- by time, and a column with a time of its own
-- 1.
merge into "billing"."customer_order" as r
using (select u.c0 as "order_id", u.c1 as "customer_key", u.c2 as "ordered_at", u.c3 as "cents", u.c4 as "cents_at"
         from unnest($1::int8[], $2::bytea[], $3::timestamptz[], $4::int8[], $5::timestamptz[]) as u(c0, c1, c2, c3, c4)) as n
   on r."order_id" = n."order_id"
when matched
     and true
     and (r."ordered_at" is null or n."ordered_at" > r."ordered_at") then
  update
   set "customer_key" = n."customer_key",
       "ordered_at" = n."ordered_at",
       "cents" = case when (n."cents" is not null
            and (r."cents_at" is null or n."cents_at" > r."cents_at"))
            then n."cents" else r."cents" end,
       "cents_at" = case when (n."cents" is not null
            and (r."cents_at" is null or n."cents_at" > r."cents_at"))
            then n."cents_at" else r."cents_at" end
when matched
     and true
     and ((n."cents" is not null
            and (r."cents_at" is null or n."cents_at" > r."cents_at"))) then
  update
   set "cents" = case when (n."cents" is not null
            and (r."cents_at" is null or n."cents_at" > r."cents_at"))
            then n."cents" else r."cents" end,
       "cents_at" = case when (n."cents" is not null
            and (r."cents_at" is null or n."cents_at" > r."cents_at"))
            then n."cents_at" else r."cents_at" end
when not matched then
  insert ("order_id", "customer_key", "ordered_at", "cents", "cents_at")
  values (n."order_id", n."customer_key", n."ordered_at", n."cents", n."cents_at");

-- by time, and a column with a time of its own; before PostgreSQL 15
-- 1.
update "billing"."customer_order" as r
   set "customer_key" = n."customer_key",
       "ordered_at" = n."ordered_at",
       "cents" = case when (n."cents" is not null
            and (r."cents_at" is null or n."cents_at" > r."cents_at"))
            then n."cents" else r."cents" end,
       "cents_at" = case when (n."cents" is not null
            and (r."cents_at" is null or n."cents_at" > r."cents_at"))
            then n."cents_at" else r."cents_at" end
  from (select u.c0 as "order_id", u.c1 as "customer_key", u.c2 as "ordered_at", u.c3 as "cents", u.c4 as "cents_at", place
          from unnest($1::int8[], $2::bytea[], $3::timestamptz[], $4::int8[], $5::timestamptz[]) with ordinality as u(c0, c1, c2, c3, c4, place)) as n
 where r."order_id" = n."order_id"
   and true
   and (r."ordered_at" is null or n."ordered_at" > r."ordered_at")
returning n.place::int as place;
-- 2.
insert into "billing"."customer_order" as r ("order_id", "customer_key", "ordered_at", "cents", "cents_at")
select n."order_id", n."customer_key", n."ordered_at", n."cents", n."cents_at"
  from (select u.c0 as "order_id", u.c1 as "customer_key", u.c2 as "ordered_at", u.c3 as "cents", u.c4 as "cents_at"
          from unnest($1::int8[], $2::bytea[], $3::timestamptz[], $4::int8[], $5::timestamptz[]) as u(c0, c1, c2, c3, c4)) as n
 where not exists (select from "billing"."customer_order" as x where x."order_id" = n."order_id")
on conflict ("order_id") do nothing;
-- 3. again 1.
-- 4.
update "billing"."customer_order" as r
   set "cents" = case when (n."cents" is not null
            and (r."cents_at" is null or n."cents_at" > r."cents_at"))
            then n."cents" else r."cents" end,
       "cents_at" = case when (n."cents" is not null
            and (r."cents_at" is null or n."cents_at" > r."cents_at"))
            then n."cents_at" else r."cents_at" end
  from (select u.c0 as "order_id", u.c1 as "customer_key", u.c2 as "ordered_at", u.c3 as "cents", u.c4 as "cents_at"
          from unnest($1::int8[], $2::bytea[], $3::timestamptz[], $4::int8[], $5::timestamptz[]) as u(c0, c1, c2, c3, c4)) as n
 where r."order_id" = n."order_id"
   and true
   and (r."ordered_at" is null or n."ordered_at" > r."ordered_at") is not true
   and ((n."cents" is not null
            and (r."cents_at" is null or n."cents_at" > r."cents_at")));
-- 5.
select count(*) filter (where r."order_id" is null)::int as missing,
       count(*) filter (where not (r."order_id" is null) and (true) is not true)::int as closed
  from (select u.c0 as "order_id", u.c1 as "customer_key", u.c2 as "ordered_at", u.c3 as "cents", u.c4 as "cents_at"
          from unnest($1::int8[], $2::bytea[], $3::timestamptz[], $4::int8[], $5::timestamptz[]) as u(c0, c1, c2, c3, c4)) as n
  left join "billing"."customer_order" as r on r."order_id" = n."order_id";

-- telesales: own times, position and erasure, lifted by registration
-- 1.
merge into "telesales"."person" as r
using (select u.c0 as "contact_key", u.c1 as "name", u.c2 as "phone", u.c3 as "updated_at", u.c4 as "region", u.c5 as "region_at", u.c6 as "registered_at", u.c7 as "source_topic", u.c8 as "source_partition", u.c9 as "source_offset", u.c10 as "secret_fingerprint"
         from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::int4[], $10::int8[], $11::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10)) as n
   on r."contact_key" = n."contact_key"
when matched
     and (r."objected_at" is null
        and (r."erased_at" is null
             or (n."updated_at" > r."erased_at"
                 and (r."registered_at" > r."erased_at"
                      or (n."registered_at" > r."erased_at" and (r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" <= r."source_offset") is not true)))))
     and (r."updated_at" is null or n."updated_at" > r."updated_at"
        or (n."updated_at" = r."updated_at"
            and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset")) then
  update
   set "name" = n."name",
       "phone" = n."phone",
       "updated_at" = n."updated_at",
       "source_topic" = n."source_topic",
       "source_partition" = n."source_partition",
       "source_offset" = n."source_offset",
       "secret_fingerprint" = n."secret_fingerprint",
       "region" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region" else r."region" end,
       "region_at" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region_at" else r."region_at" end,
       "registered_at" = greatest(r."registered_at", n."registered_at")
when matched
     and (r."objected_at" is null
        and (r."erased_at" is null
             or (n."updated_at" > r."erased_at"
                 and (r."registered_at" > r."erased_at"
                      or (n."registered_at" > r."erased_at" and (r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" <= r."source_offset") is not true)))))
     and ((n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
        or n."registered_at" > coalesce(r."registered_at", '-infinity')) then
  update
   set "region" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region" else r."region" end,
       "region_at" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region_at" else r."region_at" end,
       "registered_at" = greatest(r."registered_at", n."registered_at")
when not matched then
  insert ("contact_key", "name", "phone", "updated_at", "region", "region_at", "registered_at", "source_topic", "source_partition", "source_offset", "secret_fingerprint")
  values (n."contact_key", n."name", n."phone", n."updated_at", n."region", n."region_at", n."registered_at", n."source_topic", n."source_partition", n."source_offset", n."secret_fingerprint");
-- 2.
select count(*)::int as closed
  from "telesales"."person" as r
  join (select u.c0 as "contact_key", u.c1 as "name", u.c2 as "phone", u.c3 as "updated_at", u.c4 as "region", u.c5 as "region_at", u.c6 as "registered_at", u.c7 as "source_topic", u.c8 as "source_partition", u.c9 as "source_offset", u.c10 as "secret_fingerprint"
          from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::int4[], $10::int8[], $11::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10)) as n on r."contact_key" = n."contact_key"
 where ((r."objected_at" is null
        and (r."erased_at" is null
             or (n."updated_at" > r."erased_at"
                 and (r."registered_at" > r."erased_at"
                      or (n."registered_at" > r."erased_at" and (r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" <= r."source_offset") is not true)))))) is not true;

-- telesales: own times, position and erasure, lifted by registration; before PostgreSQL 15
-- 1.
update "telesales"."person" as r
   set "name" = n."name",
       "phone" = n."phone",
       "updated_at" = n."updated_at",
       "source_topic" = n."source_topic",
       "source_partition" = n."source_partition",
       "source_offset" = n."source_offset",
       "secret_fingerprint" = n."secret_fingerprint",
       "region" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region" else r."region" end,
       "region_at" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region_at" else r."region_at" end,
       "registered_at" = greatest(r."registered_at", n."registered_at")
  from (select u.c0 as "contact_key", u.c1 as "name", u.c2 as "phone", u.c3 as "updated_at", u.c4 as "region", u.c5 as "region_at", u.c6 as "registered_at", u.c7 as "source_topic", u.c8 as "source_partition", u.c9 as "source_offset", u.c10 as "secret_fingerprint", place
          from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::int4[], $10::int8[], $11::text[]) with ordinality as u(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, place)) as n
 where r."contact_key" = n."contact_key"
   and (r."objected_at" is null
        and (r."erased_at" is null
             or (n."updated_at" > r."erased_at"
                 and (r."registered_at" > r."erased_at"
                      or (n."registered_at" > r."erased_at" and (r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" <= r."source_offset") is not true)))))
   and (r."updated_at" is null or n."updated_at" > r."updated_at"
        or (n."updated_at" = r."updated_at"
            and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))
returning n.place::int as place;
-- 2.
insert into "telesales"."person" as r ("contact_key", "name", "phone", "updated_at", "region", "region_at", "registered_at", "source_topic", "source_partition", "source_offset", "secret_fingerprint")
select n."contact_key", n."name", n."phone", n."updated_at", n."region", n."region_at", n."registered_at", n."source_topic", n."source_partition", n."source_offset", n."secret_fingerprint"
  from (select u.c0 as "contact_key", u.c1 as "name", u.c2 as "phone", u.c3 as "updated_at", u.c4 as "region", u.c5 as "region_at", u.c6 as "registered_at", u.c7 as "source_topic", u.c8 as "source_partition", u.c9 as "source_offset", u.c10 as "secret_fingerprint"
          from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::int4[], $10::int8[], $11::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10)) as n
 where not exists (select from "telesales"."person" as x where x."contact_key" = n."contact_key")
on conflict ("contact_key") do nothing;
-- 3. again 1.
-- 4.
update "telesales"."person" as r
   set "region" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region" else r."region" end,
       "region_at" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region_at" else r."region_at" end,
       "registered_at" = greatest(r."registered_at", n."registered_at")
  from (select u.c0 as "contact_key", u.c1 as "name", u.c2 as "phone", u.c3 as "updated_at", u.c4 as "region", u.c5 as "region_at", u.c6 as "registered_at", u.c7 as "source_topic", u.c8 as "source_partition", u.c9 as "source_offset", u.c10 as "secret_fingerprint"
          from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::int4[], $10::int8[], $11::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10)) as n
 where r."contact_key" = n."contact_key"
   and (r."objected_at" is null
        and (r."erased_at" is null
             or (n."updated_at" > r."erased_at"
                 and (r."registered_at" > r."erased_at"
                      or (n."registered_at" > r."erased_at" and (r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" <= r."source_offset") is not true)))))
   and (r."updated_at" is null or n."updated_at" > r."updated_at"
        or (n."updated_at" = r."updated_at"
            and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset")) is not true
   and ((n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
        or n."registered_at" > coalesce(r."registered_at", '-infinity'));
-- 5.
select count(*) filter (where r."contact_key" is null)::int as missing,
       count(*) filter (where not (r."contact_key" is null) and ((r."objected_at" is null
        and (r."erased_at" is null
             or (n."updated_at" > r."erased_at"
                 and (r."registered_at" > r."erased_at"
                      or (n."registered_at" > r."erased_at" and (r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" <= r."source_offset") is not true)))))) is not true)::int as closed
  from (select u.c0 as "contact_key", u.c1 as "name", u.c2 as "phone", u.c3 as "updated_at", u.c4 as "region", u.c5 as "region_at", u.c6 as "registered_at", u.c7 as "source_topic", u.c8 as "source_partition", u.c9 as "source_offset", u.c10 as "secret_fingerprint"
          from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::int4[], $10::int8[], $11::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10)) as n
  left join "telesales"."person" as r on r."contact_key" = n."contact_key";

-- telesales without source.position.columns
-- 1.
merge into "telesales"."person" as r
using (select u.c0 as "contact_key", u.c1 as "name", u.c2 as "phone", u.c3 as "updated_at", u.c4 as "region", u.c5 as "region_at", u.c6 as "registered_at", u.c7 as "secret_fingerprint"
         from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7)) as n
   on r."contact_key" = n."contact_key"
when matched
     and (r."objected_at" is null
        and (r."erased_at" is null
             or (n."updated_at" > r."erased_at"
                 and (r."registered_at" > r."erased_at"
                      or (n."registered_at" > r."erased_at" and true)))))
     and (r."updated_at" is null or n."updated_at" > r."updated_at") then
  update
   set "name" = n."name",
       "phone" = n."phone",
       "updated_at" = n."updated_at",
       "secret_fingerprint" = n."secret_fingerprint",
       "region" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at")
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region" else r."region" end,
       "region_at" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at")
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region_at" else r."region_at" end,
       "registered_at" = greatest(r."registered_at", n."registered_at")
when matched
     and (r."objected_at" is null
        and (r."erased_at" is null
             or (n."updated_at" > r."erased_at"
                 and (r."registered_at" > r."erased_at"
                      or (n."registered_at" > r."erased_at" and true)))))
     and ((n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at")
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
        or n."registered_at" > coalesce(r."registered_at", '-infinity')) then
  update
   set "region" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at")
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region" else r."region" end,
       "region_at" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at")
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region_at" else r."region_at" end,
       "registered_at" = greatest(r."registered_at", n."registered_at")
when not matched then
  insert ("contact_key", "name", "phone", "updated_at", "region", "region_at", "registered_at", "secret_fingerprint")
  values (n."contact_key", n."name", n."phone", n."updated_at", n."region", n."region_at", n."registered_at", n."secret_fingerprint");
-- 2.
select count(*)::int as closed
  from "telesales"."person" as r
  join (select u.c0 as "contact_key", u.c1 as "name", u.c2 as "phone", u.c3 as "updated_at", u.c4 as "region", u.c5 as "region_at", u.c6 as "registered_at", u.c7 as "secret_fingerprint"
          from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7)) as n on r."contact_key" = n."contact_key"
 where ((r."objected_at" is null
        and (r."erased_at" is null
             or (n."updated_at" > r."erased_at"
                 and (r."registered_at" > r."erased_at"
                      or (n."registered_at" > r."erased_at" and true)))))) is not true;

-- telesales without source.position.columns; before PostgreSQL 15
-- 1.
update "telesales"."person" as r
   set "name" = n."name",
       "phone" = n."phone",
       "updated_at" = n."updated_at",
       "secret_fingerprint" = n."secret_fingerprint",
       "region" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at")
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region" else r."region" end,
       "region_at" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at")
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region_at" else r."region_at" end,
       "registered_at" = greatest(r."registered_at", n."registered_at")
  from (select u.c0 as "contact_key", u.c1 as "name", u.c2 as "phone", u.c3 as "updated_at", u.c4 as "region", u.c5 as "region_at", u.c6 as "registered_at", u.c7 as "secret_fingerprint", place
          from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::text[]) with ordinality as u(c0, c1, c2, c3, c4, c5, c6, c7, place)) as n
 where r."contact_key" = n."contact_key"
   and (r."objected_at" is null
        and (r."erased_at" is null
             or (n."updated_at" > r."erased_at"
                 and (r."registered_at" > r."erased_at"
                      or (n."registered_at" > r."erased_at" and true)))))
   and (r."updated_at" is null or n."updated_at" > r."updated_at")
returning n.place::int as place;
-- 2.
insert into "telesales"."person" as r ("contact_key", "name", "phone", "updated_at", "region", "region_at", "registered_at", "secret_fingerprint")
select n."contact_key", n."name", n."phone", n."updated_at", n."region", n."region_at", n."registered_at", n."secret_fingerprint"
  from (select u.c0 as "contact_key", u.c1 as "name", u.c2 as "phone", u.c3 as "updated_at", u.c4 as "region", u.c5 as "region_at", u.c6 as "registered_at", u.c7 as "secret_fingerprint"
          from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7)) as n
 where not exists (select from "telesales"."person" as x where x."contact_key" = n."contact_key")
on conflict ("contact_key") do nothing;
-- 3. again 1.
-- 4.
update "telesales"."person" as r
   set "region" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at")
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region" else r."region" end,
       "region_at" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at")
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region_at" else r."region_at" end,
       "registered_at" = greatest(r."registered_at", n."registered_at")
  from (select u.c0 as "contact_key", u.c1 as "name", u.c2 as "phone", u.c3 as "updated_at", u.c4 as "region", u.c5 as "region_at", u.c6 as "registered_at", u.c7 as "secret_fingerprint"
          from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7)) as n
 where r."contact_key" = n."contact_key"
   and (r."objected_at" is null
        and (r."erased_at" is null
             or (n."updated_at" > r."erased_at"
                 and (r."registered_at" > r."erased_at"
                      or (n."registered_at" > r."erased_at" and true)))))
   and (r."updated_at" is null or n."updated_at" > r."updated_at") is not true
   and ((n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at")
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
        or n."registered_at" > coalesce(r."registered_at", '-infinity'));
-- 5.
select count(*) filter (where r."contact_key" is null)::int as missing,
       count(*) filter (where not (r."contact_key" is null) and ((r."objected_at" is null
        and (r."erased_at" is null
             or (n."updated_at" > r."erased_at"
                 and (r."registered_at" > r."erased_at"
                      or (n."registered_at" > r."erased_at" and true)))))) is not true)::int as closed
  from (select u.c0 as "contact_key", u.c1 as "name", u.c2 as "phone", u.c3 as "updated_at", u.c4 as "region", u.c5 as "region_at", u.c6 as "registered_at", u.c7 as "secret_fingerprint"
          from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7)) as n
  left join "telesales"."person" as r on r."contact_key" = n."contact_key";

-- telesales with erasure.lifted.by=never
-- 1.
merge into "telesales"."person" as r
using (select u.c0 as "contact_key", u.c1 as "name", u.c2 as "phone", u.c3 as "updated_at", u.c4 as "region", u.c5 as "region_at", u.c6 as "registered_at", u.c7 as "source_topic", u.c8 as "source_partition", u.c9 as "source_offset", u.c10 as "secret_fingerprint"
         from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::int4[], $10::int8[], $11::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10)) as n
   on r."contact_key" = n."contact_key"
when matched
     and (r."objected_at" is null
        and (r."erased_at" is null
             or (n."updated_at" > r."erased_at"
                 and (r."registered_at" > r."erased_at"))))
     and (r."updated_at" is null or n."updated_at" > r."updated_at"
        or (n."updated_at" = r."updated_at"
            and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset")) then
  update
   set "name" = n."name",
       "phone" = n."phone",
       "updated_at" = n."updated_at",
       "source_topic" = n."source_topic",
       "source_partition" = n."source_partition",
       "source_offset" = n."source_offset",
       "secret_fingerprint" = n."secret_fingerprint",
       "region" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region" else r."region" end,
       "region_at" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region_at" else r."region_at" end,
       "registered_at" = greatest(r."registered_at", n."registered_at")
when matched
     and (r."objected_at" is null
        and (r."erased_at" is null
             or (n."updated_at" > r."erased_at"
                 and (r."registered_at" > r."erased_at"))))
     and ((n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
        or n."registered_at" > coalesce(r."registered_at", '-infinity')) then
  update
   set "region" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region" else r."region" end,
       "region_at" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region_at" else r."region_at" end,
       "registered_at" = greatest(r."registered_at", n."registered_at")
when not matched then
  insert ("contact_key", "name", "phone", "updated_at", "region", "region_at", "registered_at", "source_topic", "source_partition", "source_offset", "secret_fingerprint")
  values (n."contact_key", n."name", n."phone", n."updated_at", n."region", n."region_at", n."registered_at", n."source_topic", n."source_partition", n."source_offset", n."secret_fingerprint");
-- 2.
select count(*)::int as closed
  from "telesales"."person" as r
  join (select u.c0 as "contact_key", u.c1 as "name", u.c2 as "phone", u.c3 as "updated_at", u.c4 as "region", u.c5 as "region_at", u.c6 as "registered_at", u.c7 as "source_topic", u.c8 as "source_partition", u.c9 as "source_offset", u.c10 as "secret_fingerprint"
          from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::int4[], $10::int8[], $11::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10)) as n on r."contact_key" = n."contact_key"
 where ((r."objected_at" is null
        and (r."erased_at" is null
             or (n."updated_at" > r."erased_at"
                 and (r."registered_at" > r."erased_at"))))) is not true;

-- telesales with erasure.lifted.by=never; before PostgreSQL 15
-- 1.
update "telesales"."person" as r
   set "name" = n."name",
       "phone" = n."phone",
       "updated_at" = n."updated_at",
       "source_topic" = n."source_topic",
       "source_partition" = n."source_partition",
       "source_offset" = n."source_offset",
       "secret_fingerprint" = n."secret_fingerprint",
       "region" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region" else r."region" end,
       "region_at" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region_at" else r."region_at" end,
       "registered_at" = greatest(r."registered_at", n."registered_at")
  from (select u.c0 as "contact_key", u.c1 as "name", u.c2 as "phone", u.c3 as "updated_at", u.c4 as "region", u.c5 as "region_at", u.c6 as "registered_at", u.c7 as "source_topic", u.c8 as "source_partition", u.c9 as "source_offset", u.c10 as "secret_fingerprint", place
          from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::int4[], $10::int8[], $11::text[]) with ordinality as u(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, place)) as n
 where r."contact_key" = n."contact_key"
   and (r."objected_at" is null
        and (r."erased_at" is null
             or (n."updated_at" > r."erased_at"
                 and (r."registered_at" > r."erased_at"))))
   and (r."updated_at" is null or n."updated_at" > r."updated_at"
        or (n."updated_at" = r."updated_at"
            and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))
returning n.place::int as place;
-- 2.
insert into "telesales"."person" as r ("contact_key", "name", "phone", "updated_at", "region", "region_at", "registered_at", "source_topic", "source_partition", "source_offset", "secret_fingerprint")
select n."contact_key", n."name", n."phone", n."updated_at", n."region", n."region_at", n."registered_at", n."source_topic", n."source_partition", n."source_offset", n."secret_fingerprint"
  from (select u.c0 as "contact_key", u.c1 as "name", u.c2 as "phone", u.c3 as "updated_at", u.c4 as "region", u.c5 as "region_at", u.c6 as "registered_at", u.c7 as "source_topic", u.c8 as "source_partition", u.c9 as "source_offset", u.c10 as "secret_fingerprint"
          from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::int4[], $10::int8[], $11::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10)) as n
 where not exists (select from "telesales"."person" as x where x."contact_key" = n."contact_key")
on conflict ("contact_key") do nothing;
-- 3. again 1.
-- 4.
update "telesales"."person" as r
   set "region" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region" else r."region" end,
       "region_at" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
            then n."region_at" else r."region_at" end,
       "registered_at" = greatest(r."registered_at", n."registered_at")
  from (select u.c0 as "contact_key", u.c1 as "name", u.c2 as "phone", u.c3 as "updated_at", u.c4 as "region", u.c5 as "region_at", u.c6 as "registered_at", u.c7 as "source_topic", u.c8 as "source_partition", u.c9 as "source_offset", u.c10 as "secret_fingerprint"
          from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::int4[], $10::int8[], $11::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10)) as n
 where r."contact_key" = n."contact_key"
   and (r."objected_at" is null
        and (r."erased_at" is null
             or (n."updated_at" > r."erased_at"
                 and (r."registered_at" > r."erased_at"))))
   and (r."updated_at" is null or n."updated_at" > r."updated_at"
        or (n."updated_at" = r."updated_at"
            and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset")) is not true
   and ((n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))
            and (r."erased_at" is null or n."region_at" > r."erased_at"))
        or n."registered_at" > coalesce(r."registered_at", '-infinity'));
-- 5.
select count(*) filter (where r."contact_key" is null)::int as missing,
       count(*) filter (where not (r."contact_key" is null) and ((r."objected_at" is null
        and (r."erased_at" is null
             or (n."updated_at" > r."erased_at"
                 and (r."registered_at" > r."erased_at"))))) is not true)::int as closed
  from (select u.c0 as "contact_key", u.c1 as "name", u.c2 as "phone", u.c3 as "updated_at", u.c4 as "region", u.c5 as "region_at", u.c6 as "registered_at", u.c7 as "source_topic", u.c8 as "source_partition", u.c9 as "source_offset", u.c10 as "secret_fingerprint"
          from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::int4[], $10::int8[], $11::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10)) as n
  left join "telesales"."person" as r on r."contact_key" = n."contact_key";

-- telesales without erasure.topics
-- 1.
merge into "telesales"."person" as r
using (select u.c0 as "contact_key", u.c1 as "name", u.c2 as "phone", u.c3 as "registered_at", u.c4 as "updated_at", u.c5 as "region", u.c6 as "region_at", u.c7 as "source_topic", u.c8 as "source_partition", u.c9 as "source_offset", u.c10 as "secret_fingerprint"
         from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::timestamptz[], $8::text[], $9::int4[], $10::int8[], $11::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10)) as n
   on r."contact_key" = n."contact_key"
when matched
     and true
     and (r."updated_at" is null or n."updated_at" > r."updated_at"
        or (n."updated_at" = r."updated_at"
            and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset")) then
  update
   set "name" = n."name",
       "phone" = n."phone",
       "registered_at" = n."registered_at",
       "updated_at" = n."updated_at",
       "source_topic" = n."source_topic",
       "source_partition" = n."source_partition",
       "source_offset" = n."source_offset",
       "secret_fingerprint" = n."secret_fingerprint",
       "region" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset")))
            then n."region" else r."region" end,
       "region_at" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset")))
            then n."region_at" else r."region_at" end
when matched
     and true
     and ((n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset")))) then
  update
   set "region" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset")))
            then n."region" else r."region" end,
       "region_at" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset")))
            then n."region_at" else r."region_at" end
when not matched then
  insert ("contact_key", "name", "phone", "registered_at", "updated_at", "region", "region_at", "source_topic", "source_partition", "source_offset", "secret_fingerprint")
  values (n."contact_key", n."name", n."phone", n."registered_at", n."updated_at", n."region", n."region_at", n."source_topic", n."source_partition", n."source_offset", n."secret_fingerprint");

-- telesales without erasure.topics; before PostgreSQL 15
-- 1.
update "telesales"."person" as r
   set "name" = n."name",
       "phone" = n."phone",
       "registered_at" = n."registered_at",
       "updated_at" = n."updated_at",
       "source_topic" = n."source_topic",
       "source_partition" = n."source_partition",
       "source_offset" = n."source_offset",
       "secret_fingerprint" = n."secret_fingerprint",
       "region" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset")))
            then n."region" else r."region" end,
       "region_at" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset")))
            then n."region_at" else r."region_at" end
  from (select u.c0 as "contact_key", u.c1 as "name", u.c2 as "phone", u.c3 as "registered_at", u.c4 as "updated_at", u.c5 as "region", u.c6 as "region_at", u.c7 as "source_topic", u.c8 as "source_partition", u.c9 as "source_offset", u.c10 as "secret_fingerprint", place
          from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::timestamptz[], $8::text[], $9::int4[], $10::int8[], $11::text[]) with ordinality as u(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, place)) as n
 where r."contact_key" = n."contact_key"
   and true
   and (r."updated_at" is null or n."updated_at" > r."updated_at"
        or (n."updated_at" = r."updated_at"
            and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))
returning n.place::int as place;
-- 2.
insert into "telesales"."person" as r ("contact_key", "name", "phone", "registered_at", "updated_at", "region", "region_at", "source_topic", "source_partition", "source_offset", "secret_fingerprint")
select n."contact_key", n."name", n."phone", n."registered_at", n."updated_at", n."region", n."region_at", n."source_topic", n."source_partition", n."source_offset", n."secret_fingerprint"
  from (select u.c0 as "contact_key", u.c1 as "name", u.c2 as "phone", u.c3 as "registered_at", u.c4 as "updated_at", u.c5 as "region", u.c6 as "region_at", u.c7 as "source_topic", u.c8 as "source_partition", u.c9 as "source_offset", u.c10 as "secret_fingerprint"
          from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::timestamptz[], $8::text[], $9::int4[], $10::int8[], $11::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10)) as n
 where not exists (select from "telesales"."person" as x where x."contact_key" = n."contact_key")
on conflict ("contact_key") do nothing;
-- 3. again 1.
-- 4.
update "telesales"."person" as r
   set "region" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset")))
            then n."region" else r."region" end,
       "region_at" = case when (n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset")))
            then n."region_at" else r."region_at" end
  from (select u.c0 as "contact_key", u.c1 as "name", u.c2 as "phone", u.c3 as "registered_at", u.c4 as "updated_at", u.c5 as "region", u.c6 as "region_at", u.c7 as "source_topic", u.c8 as "source_partition", u.c9 as "source_offset", u.c10 as "secret_fingerprint"
          from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::timestamptz[], $8::text[], $9::int4[], $10::int8[], $11::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10)) as n
 where r."contact_key" = n."contact_key"
   and true
   and (r."updated_at" is null or n."updated_at" > r."updated_at"
        or (n."updated_at" = r."updated_at"
            and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset")) is not true
   and ((n."region" is not null
            and (r."region_at" is null or n."region_at" > r."region_at"
                 or (n."region_at" = r."region_at" and r."region_at" = r."updated_at"
                     and r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition" and n."source_offset" > r."source_offset"))));
-- 5.
select count(*) filter (where r."contact_key" is null)::int as missing,
       count(*) filter (where not (r."contact_key" is null) and (true) is not true)::int as closed
  from (select u.c0 as "contact_key", u.c1 as "name", u.c2 as "phone", u.c3 as "registered_at", u.c4 as "updated_at", u.c5 as "region", u.c6 as "region_at", u.c7 as "source_topic", u.c8 as "source_partition", u.c9 as "source_offset", u.c10 as "secret_fingerprint"
          from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::timestamptz[], $8::text[], $9::int4[], $10::int8[], $11::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10)) as n
  left join "telesales"."person" as r on r."contact_key" = n."contact_key";

-- What the sink sends, numbered in its order. A file of statements_test.ts, which says how to renew it.

-- subject show
-- 1.
select r."name"::text as "name", r."phone"::text as "phone", r."updated_at"::text as "updated_at", r."region"::text as "region", r."region_at"::text as "region_at", r."registered_at"::text as "registered_at", r."source_topic"::text as "source_topic", r."source_partition"::text as "source_partition", r."source_offset"::text as "source_offset", r."secret_fingerprint"::text as "secret_fingerprint", r."erased_at"::text as "erased_at", r."objected_at"::text as "objected_at"
  from "telesales"."person" as r
  join (select u.c0 as "contact_key" from unnest($1::bytea[]) as u(c0)) as n on r."contact_key" = n."contact_key";
-- 2. again 1.

-- subject erase, and a second row under a former key goes
-- 1.
select f.*
  from (select array_agg(n.former) as former, array_agg(n.fresh) as fresh, min(n.word) as word
          from (select u.c0 as former, u.c1 as fresh, u.c2 as word
                  from unnest($1::bytea[], $2::bytea[], $3::text[]) as u(c0, c1, c2)) as n) as a,
       "telesales"."rekey_people"(a.former, a.fresh, a.word) as f;
-- 2.
insert into "telesales"."person" as r ("contact_key", "secret_fingerprint", "erased_at")
select "contact_key", "secret_fingerprint", clock_timestamp() from (select u.c0 as "contact_key", u.c1 as "secret_fingerprint" from unnest($1::bytea[], $2::text[]) as u(c0, c1)) as n
on conflict ("contact_key")
do update set "name" = null,
              "phone" = null,
              "updated_at" = null,
              "region" = null,
              "region_at" = null,
              "registered_at" = null,
              "source_topic" = null,
              "source_partition" = null,
              "source_offset" = null,
              "erased_at" = greatest(clock_timestamp(), least(to_timestamp(0 / 1000.0), clock_timestamp() + interval '5 minutes'), r."updated_at", r."registered_at", r."erased_at", r."region_at");
-- 3.
delete from "telesales"."person" as r
 using (select u.c0 as "contact_key" from unnest($1::bytea[]) as u(c0)) as n
 where r."contact_key" = n."contact_key"
returning r."objected_at"::text as blocked, r."erased_at"::text as sealed;
-- 4.
update "telesales"."person" as r
   set "objected_at" = coalesce(r."objected_at", $2::text::timestamptz),
       "erased_at" = greatest(r."erased_at", $3::text::timestamptz)
  from (select u.c0 as "contact_key" from unnest($1::bytea[]) as u(c0)) as n
 where r."contact_key" = n."contact_key";

-- subject object
-- 1.
select f.*
  from (select array_agg(n.former) as former, array_agg(n.fresh) as fresh, min(n.word) as word
          from (select u.c0 as former, u.c1 as fresh, u.c2 as word
                  from unnest($1::bytea[], $2::bytea[], $3::text[]) as u(c0, c1, c2)) as n) as a,
       "telesales"."rekey_people"(a.former, a.fresh, a.word) as f;
-- 2.
insert into "telesales"."person" as r ("contact_key", "secret_fingerprint", "objected_at")
select "contact_key", "secret_fingerprint", clock_timestamp() from (select u.c0 as "contact_key", u.c1 as "secret_fingerprint" from unnest($1::bytea[], $2::text[]) as u(c0, c1)) as n
on conflict ("contact_key")
do update set "name" = null,
              "phone" = null,
              "updated_at" = null,
              "region" = null,
              "region_at" = null,
              "registered_at" = case when r."erased_at" is not null then r."registered_at" end,
              "source_topic" = case when r."erased_at" is not null then r."source_topic" end,
              "source_partition" = case when r."erased_at" is not null then r."source_partition" end,
              "source_offset" = case when r."erased_at" is not null then r."source_offset" end,
              "objected_at" = coalesce(r."objected_at", clock_timestamp());
-- 3.
delete from "telesales"."person" as r
 using (select u.c0 as "contact_key" from unnest($1::bytea[]) as u(c0)) as n
 where r."contact_key" = n."contact_key"
returning r."objected_at"::text as blocked, r."erased_at"::text as sealed;
-- 4.
update "telesales"."person" as r
   set "objected_at" = coalesce(r."objected_at", $2::text::timestamptz),
       "erased_at" = greatest(r."erased_at", $3::text::timestamptz)
  from (select u.c0 as "contact_key" from unnest($1::bytea[]) as u(c0)) as n
 where r."contact_key" = n."contact_key";

-- subject allow
-- 1.
select f.*
  from (select array_agg(n.former) as former, array_agg(n.fresh) as fresh, min(n.word) as word
          from (select u.c0 as former, u.c1 as fresh, u.c2 as word
                  from unnest($1::bytea[], $2::bytea[], $3::text[]) as u(c0, c1, c2)) as n) as a,
       "telesales"."rekey_people"(a.former, a.fresh, a.word) as f;
-- 2.
update "telesales"."person" as r set "objected_at" = null
  from (select u.c0 as "contact_key" from unnest($1::bytea[]) as u(c0)) as n
 where r."contact_key" = n."contact_key" and r."objected_at" is not null
returning 1 as done;

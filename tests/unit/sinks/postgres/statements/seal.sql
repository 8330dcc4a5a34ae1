-- What the sink sends, numbered in its order. A file of statements_test.ts, which says how to renew it.

-- telesales: lifted by registration
-- 1.
insert into "telesales"."person" as r ("contact_key", "erased_at", "source_topic", "source_partition", "source_offset", "secret_fingerprint")
select u.c0, u.c1, u.c2, u.c3, u.c4, u.c5
  from unnest($1::bytea[], $2::timestamptz[], $3::text[], $4::int4[], $5::int8[], $6::text[]) as u(c0, c1, c2, c3, c4, c5)
on conflict ("contact_key")
do update set "erased_at" = greatest(r."erased_at", excluded."erased_at"),
              "source_topic" = excluded."source_topic",
              "source_partition" = excluded."source_partition",
              "source_offset" = excluded."source_offset",
              "secret_fingerprint" = excluded."secret_fingerprint",
              "name" = null,
              "phone" = null,
              "updated_at" = null,
              "region" = null,
              "region_at" = null,
              "registered_at" = null
 where (r."erased_at" is null or excluded."erased_at" > r."erased_at"
        or (r."source_topic" = excluded."source_topic" and r."source_partition" = excluded."source_partition"
            and (r."updated_at" is null or r."registered_at" = r."updated_at")
            and r."source_offset" < excluded."source_offset"))
   and (r."registered_at" > excluded."erased_at"
        and (r."source_topic" = excluded."source_topic" and r."source_partition" = excluded."source_partition"
            and (r."updated_at" is null or r."registered_at" = r."updated_at")
            and r."source_offset" < excluded."source_offset") is not true) is not true;
-- 2.
update "telesales"."person" as r
   set "erased_at" = n."erased_at",
       "region" = case when r."region_at" > n."erased_at" then r."region" end,
       "region_at" = case when r."region_at" > n."erased_at" then r."region_at" end
  from (select u.c0 as "contact_key", u.c1 as "erased_at", u.c2 as "source_topic", u.c3 as "source_partition", u.c4 as "source_offset", u.c5 as "secret_fingerprint"
          from unnest($1::bytea[], $2::timestamptz[], $3::text[], $4::int4[], $5::int8[], $6::text[]) as u(c0, c1, c2, c3, c4, c5)) as n
 where r."contact_key" = n."contact_key"
   and (r."erased_at" is null or n."erased_at" > r."erased_at"
        or (r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition"
            and (r."updated_at" is null or r."registered_at" = r."updated_at")
            and r."source_offset" < n."source_offset"))
   and (r."registered_at" > n."erased_at"
        and (r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition"
            and (r."updated_at" is null or r."registered_at" = r."updated_at")
            and r."source_offset" < n."source_offset") is not true);

-- telesales without source.position.columns
-- 1.
insert into "telesales"."person" as r ("contact_key", "erased_at", "secret_fingerprint")
select u.c0, u.c1, u.c2
  from unnest($1::bytea[], $2::timestamptz[], $3::text[]) as u(c0, c1, c2)
on conflict ("contact_key")
do update set "erased_at" = greatest(r."erased_at", excluded."erased_at"),
              "secret_fingerprint" = excluded."secret_fingerprint",
              "name" = null,
              "phone" = null,
              "updated_at" = null,
              "region" = null,
              "region_at" = null,
              "registered_at" = null
 where (r."erased_at" is null or excluded."erased_at" > r."erased_at"
        or false)
   and (r."registered_at" > excluded."erased_at"
        and false is not true) is not true;
-- 2.
update "telesales"."person" as r
   set "erased_at" = n."erased_at",
       "region" = case when r."region_at" > n."erased_at" then r."region" end,
       "region_at" = case when r."region_at" > n."erased_at" then r."region_at" end
  from (select u.c0 as "contact_key", u.c1 as "erased_at", u.c2 as "secret_fingerprint"
          from unnest($1::bytea[], $2::timestamptz[], $3::text[]) as u(c0, c1, c2)) as n
 where r."contact_key" = n."contact_key"
   and (r."erased_at" is null or n."erased_at" > r."erased_at"
        or false)
   and (r."registered_at" > n."erased_at"
        and false is not true);

-- telesales with erasure.lifted.by=never
-- 1.
insert into "telesales"."person" as r ("contact_key", "erased_at", "source_topic", "source_partition", "source_offset", "secret_fingerprint")
select u.c0, u.c1, u.c2, u.c3, u.c4, u.c5
  from unnest($1::bytea[], $2::timestamptz[], $3::text[], $4::int4[], $5::int8[], $6::text[]) as u(c0, c1, c2, c3, c4, c5)
on conflict ("contact_key")
do update set "erased_at" = greatest(r."erased_at", excluded."erased_at"),
              "source_topic" = excluded."source_topic",
              "source_partition" = excluded."source_partition",
              "source_offset" = excluded."source_offset",
              "secret_fingerprint" = excluded."secret_fingerprint",
              "name" = null,
              "phone" = null,
              "updated_at" = null,
              "region" = null,
              "region_at" = null,
              "registered_at" = null
 where (r."erased_at" is null or excluded."erased_at" > r."erased_at"
        or (r."source_topic" = excluded."source_topic" and r."source_partition" = excluded."source_partition"
            and (r."updated_at" is null or r."registered_at" = r."updated_at")
            and r."source_offset" < excluded."source_offset"))
   and false is not true;
-- 2.
update "telesales"."person" as r
   set "erased_at" = n."erased_at",
       "region" = case when r."region_at" > n."erased_at" then r."region" end,
       "region_at" = case when r."region_at" > n."erased_at" then r."region_at" end
  from (select u.c0 as "contact_key", u.c1 as "erased_at", u.c2 as "source_topic", u.c3 as "source_partition", u.c4 as "source_offset", u.c5 as "secret_fingerprint"
          from unnest($1::bytea[], $2::timestamptz[], $3::text[], $4::int4[], $5::int8[], $6::text[]) as u(c0, c1, c2, c3, c4, c5)) as n
 where r."contact_key" = n."contact_key"
   and (r."erased_at" is null or n."erased_at" > r."erased_at"
        or (r."source_topic" = n."source_topic" and r."source_partition" = n."source_partition"
            and (r."updated_at" is null or r."registered_at" = r."updated_at")
            and r."source_offset" < n."source_offset"))
   and false;

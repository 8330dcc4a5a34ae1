-- What the sink sends, numbered in its order. A file of statements_test.ts, which says how to renew it.

-- key.rekey.function, telesales
-- 1.
select f.*
  from (select array_agg(n.former) as former, array_agg(n.fresh) as fresh, min(n.word) as word
          from (select u.c0 as former, u.c1 as fresh, u.c2 as word
                  from unnest($1::bytea[], $2::bytea[], $3::text[]) as u(c0, c1, c2)) as n) as a,
       "telesales"."rekey_people"(a.former, a.fresh, a.word) as f;

-- key.fingerprint.column without a function
-- 1.
update "telesales"."person" as r
   set "contact_key" = n.fresh, "secret_fingerprint" = n."secret_fingerprint"
  from (select u.c0 as former, u.c1 as fresh, u.c2 as "secret_fingerprint"
          from unnest($1::bytea[], $2::bytea[], $3::text[]) as u(c0, c1, c2)) as n
 where r."contact_key" = n.former
   and not exists (select from "telesales"."person" as x where x."contact_key" = n.fresh);

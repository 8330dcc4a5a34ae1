-- What the sink sends, numbered in its order. A file of statements_test.ts, which says how to renew it.

-- migrate, a worker without a login
-- 1.
select current_setting('lock_timeout') as before;
-- 2.
select set_config('lock_timeout', $1, true);
-- 3.
select pg_advisory_xact_lock($1, $2);
-- 4. again 2.
-- 5.
create table if not exists sluice_migrations (
  connector text not null,
  version int not null,
  name text not null,
  checksum text not null,
  applied_at timestamptz not null default now(),
  primary key (connector, version)
);
-- 6.
select name from sluice_migrations
 where connector = $1 and version > $2
 order by version limit 1;
-- 7.
create table if not exists sluice_offsets (
  connector text not null,
  kafka_cluster_id text not null,
  topic text not null,
  partition int not null check (partition >= 0),
  next_offset bigint check (next_offset >= 0),
  last_timestamp bigint,
  fence bigint not null check (fence > 0),
  updated_at timestamptz not null,
  primary key (connector, kafka_cluster_id, topic, partition)
) with (fillfactor = 50);
-- 8.
select relrowsecurity as guarded from pg_class where oid = to_regclass($1);
-- 9.
create policy sluice_own_connector on sluice_offsets using (coalesce(pg_has_role(to_regrole(quote_ident(
  lower(regexp_replace(connector, '[^A-Za-z0-9]+', '_', 'g')) || '_writer')), 'MEMBER'), true));
-- 10.
alter table sluice_offsets enable row level security;
-- 11.
create table if not exists sluice_rules (
  connector text not null,
  function text not null,
  rules jsonb not null,
  stored_at timestamptz not null default now(),
  primary key (connector, function)
);
-- 12.
select current_schema() as schema;
-- 13.
create table if not exists sluice_ledger (
  written_at timestamptz not null default clock_timestamp(),
  event text not null check (event in ('copied', 'purged', 'shown', 'erased', 'objected', 'allowed')),
  connector text not null,
  kafka_cluster_id text,
  task int,
  config_hash text,
  columns text[],
  ranges jsonb,
  counts jsonb not null,
  subject bytea,
  by_role text not null default session_user
) partition by range (written_at);
create table if not exists sluice_ledger_default partition of sluice_ledger default;
create index if not exists sluice_ledger_by_connector on sluice_ledger (connector, written_at);
comment on table sluice_ledger is 'What Sluice did, and when: no value of a record is in it.';
comment on column sluice_ledger.subject is 'Key of the row that a command was about: a pseudonym.';
do $$
begin
  if not (select relrowsecurity from pg_class where oid = 'sluice_ledger'::regclass) then
    create policy sluice_read on sluice_ledger for select using (true);
    create policy sluice_add on sluice_ledger for insert
      with check (event in ('copied', 'purged') and subject is null);
    alter table sluice_ledger enable row level security;
  end if;
end
$$;
create or replace function sluice_ledger_upkeep(keep_days int) returns table (made int, dropped int)
language plpgsql security definer
set search_path = "public", pg_temp set lock_timeout = '2s' as $$
declare
  first_month date := date_trunc('month', now() at time zone 'UTC')::date;
  month date;
  child text;
  stored int := (select max((r.rules ->> 'days')::int) from sluice_rules r where r.function = 'sluice_ledger_upkeep');
begin
  if keep_days is null or keep_days < 30 then
    raise exception 'the ledger keeps 30 days at least' using errcode = '22023';
  end if;
  keep_days := greatest(keep_days, stored);
  made := 0;
  dropped := 0;
  if not pg_try_advisory_xact_lock(1397511497, 3) then -- another worker does it right now
    return next;
    return;
  end if;
  for month in select (first_month + make_interval(months => n))::date from generate_series(0, 12) n loop
    child := 'sluice_ledger_' || to_char(month, 'YYYY_MM');
    if to_regclass(quote_ident(child)) is null then
      begin
        execute format('create table %I partition of sluice_ledger for values from (%L) to (%L)', child,
          month::timestamp at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
        made := made + 1;
      exception when check_violation then
        null; -- the default partition has rows of that month, and they stay there
      end;
    end if;
  end loop;
  for child, month in
    select c.relname, to_date(right(c.relname, 7), 'YYYY_MM')
      from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'sluice_ledger'::regclass and c.relname ~ '^sluice_ledger_[0-9]{4}_[0-9]{2}$'
  loop
    if (month + interval '1 month') at time zone 'UTC' <= now() - make_interval(days => keep_days) then
      execute format('drop table %I', child);
      dropped := dropped + 1;
    end if;
  end loop;
  delete from sluice_ledger_default where written_at < now() - make_interval(days => keep_days);
  return next;
end
$$;
revoke all on function sluice_ledger_upkeep(int) from public;
select from sluice_ledger_upkeep(36500);;
-- 14. again 1.
-- 15. again 2.
-- 16. again 3.
-- 17. again 2.
-- 18.
select name, checksum from sluice_migrations where connector = $1 and version = $2;
-- 19.
create table person ();
-- 20.
insert into sluice_migrations (connector, version, name, checksum)
values ($1, $2, $3, $4);
-- 21. again 1.
-- 22. again 2.
-- 23. again 3.
-- 24. again 2.
-- 25.
delete from sluice_rules where connector = $1
   and function not in (select jsonb_array_elements_text($2::text::jsonb));
-- 26.
insert into sluice_rules (connector, function, rules) values ($1, $2, $3::text::jsonb)
on conflict (connector, function) do update set rules = excluded.rules, stored_at = now();
-- 27.
select rolcanlogin, rolsuper from pg_roles where rolname = $1;
-- 28.
create role "worker" login;
-- 29. again 27.
-- 30.
grant "telesales_writer" to "worker";

-- What a stolen login of the worker could do beyond the worker's own work: move people to other keys, empty people
-- who aren't old, and write what it likes into the ledger. Stop the workers before, and start the new ones afterwards.

-- A row keeps its key. Only the function below gives it another one.
revoke update (contact_key) on telesales.person from telesales_writer;

-- Who wrote a row of the ledger, and when, is the database's to say.
revoke insert on sluice_ledger from telesales_writer;
grant insert (event, connector, kafka_cluster_id, task, config_hash, columns, ranges, counts)
   on sluice_ledger to telesales_writer;

-- The functions read what migrate has stored in sluice_rules, which is where sluice_offsets is.
do $do$
begin
  execute format($body$

create or replace function telesales.purge_people(older_than timestamptz, rows_max int)
returns table (emptied int, removed int)
language plpgsql security definer
set search_path = telesales, pg_temp set lock_timeout = '5s' as $$
declare
  kept interval;
begin
  select make_interval(days => max((r.rules ->> 'days')::int)) into kept
    from %1$I.sluice_rules r where r.function = 'telesales.purge_people';
  if kept is null then
    raise exception 'migrate has stored no contact.retention.days' using errcode = '55000';
  end if;
  -- Clocks may differ by some time, and days that were configured by more: what is stored counts.
  if older_than is null or older_than > now() - kept + interval '1 day' then
    raise exception 'contacts are kept for longer' using errcode = '22023';
  end if;
  older_than := least(older_than, now() - kept);
  -- Nothing has to be remembered of somebody who neither objects nor was erased: the row goes.
  delete from person p
   using (select contact_key from person
           where updated_at < older_than and erased_at is null and objected_at is null
           limit rows_max for update skip locked) as old
   where p.contact_key = old.contact_key;
  get diagnostics removed = row_count;
  -- Who was erased and registered again keeps the mark; it says that registering lifted it.
  update person p
     set name = null, phone = null, region = null, updated_at = null, region_at = null,
         source_topic = null, source_partition = null, source_offset = null
    from (select contact_key from person
           where updated_at < older_than and (erased_at is not null or objected_at is not null)
           limit greatest(rows_max - removed, 0) for update skip locked) as old
   where p.contact_key = old.contact_key;
  get diagnostics emptied = row_count;
  emptied := emptied + removed;
  return next;
end
$$;

create function telesales.rekey_people(former bytea[], fresh bytea[], word text) returns setof bytea
language plpgsql security definer
set search_path = telesales, pg_temp as $$
#variable_conflict use_column
declare
  registered jsonb;
  pair record;
  old person;
begin
  select r.rules into registered from %1$I.sluice_rules r
   where r.function = 'telesales.rekey_people'
     and r.rules ->> 'word' = encode(sha256(convert_to(word, 'UTF8')), 'hex')
   limit 1;
  if registered is null then
    raise exception 'migrate has not registered these secrets' using errcode = '55000';
  end if;
  for pair in
    select distinct on (given.old_key) given.old_key, given.new_key from unnest(former, fresh) as given(old_key, new_key) order by 1
  loop
    select * into old from person p
     where p.contact_key = pair.old_key and registered -> 'previous' ? p.secret_fingerprint for update;
    continue when not found;
    begin
      update person p set contact_key = pair.new_key, secret_fingerprint = registered ->> 'current'
       where p.contact_key = pair.old_key and not exists (select from person x where x.contact_key = pair.new_key);
      if found then
        return next pair.new_key;
        continue;
      end if;
    exception when unique_violation then
      null; -- another worker has just made the row
    end;
    -- Both rows are there: the marks of the former one are kept, and it goes.
    continue when old.erased_at is null and old.objected_at is null;
    delete from person p where p.contact_key = pair.old_key;
    update person p
       set objected_at = coalesce(p.objected_at, old.objected_at),
           erased_at = greatest(p.erased_at, old.erased_at),
           name = case when still_open then p.name end,
           phone = case when still_open then p.phone end,
           region = case when still_open then p.region end,
           region_at = case when still_open then p.region_at end,
           updated_at = case when still_open then p.updated_at end
      from (select x.contact_key as key,
                   coalesce(x.objected_at, old.objected_at) is null
                   and coalesce(x.registered_at > greatest(x.erased_at, old.erased_at),
                                greatest(x.erased_at, old.erased_at) is null) as still_open
              from person x where x.contact_key = pair.new_key) as marked
     where p.contact_key = marked.key;
    return next pair.new_key;
  end loop;
end
$$;

$body$, current_schema());
end
$do$;

comment on function telesales.rekey_people is
  'Gives rows of a previous secret the key of the current one. The word is made of the secrets: a login doesn''t have it.';
revoke all on function telesales.rekey_people(bytea[], bytea[], text) from public;
grant execute on function telesales.rekey_people(bytea[], bytea[], text) to telesales_writer;

-- The worker may add to the ledger, and have old contacts emptied: both are done by functions with their owner's rights.

create function telesales.purge_people(older_than timestamptz, rows_max int)
returns table (emptied int, removed int)
language plpgsql security definer
set search_path = telesales, pg_temp set lock_timeout = '5s' as $$
begin
  if older_than is null or older_than > now() - interval '1 day' then
    raise exception 'contacts are kept for a day at least' using errcode = '22023';
  end if;
  -- Nothing has to be remembered of somebody who neither objects nor was erased: the row goes.
  delete from person p
   using (select contact_key from person
           where updated_at < older_than and erased_at is null and objected_at is null
           limit rows_max for update skip locked) as old
   where p.contact_key = old.contact_key;
  get diagnostics removed = row_count;
  -- Whoever was erased and registered again keeps the mark; it says that registering lifted it.
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
comment on function telesales.purge_people is
  'Empties contacts whose last event is older; contact.retention.days of the connector says when.';

revoke all on function telesales.purge_people(timestamptz, int) from public;
grant execute on function telesales.purge_people(timestamptz, int) to telesales_writer;
grant execute on function sluice_ledger_upkeep(int) to telesales_writer;
grant insert on sluice_ledger to telesales_writer;

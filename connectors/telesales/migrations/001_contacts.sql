-- Bank 2 for telesales: one row a person, the view the team reads, and two roles that can do just their work.
-- Runs in one transaction, as the administrator, after sluice_offsets is there.

create schema telesales;
comment on schema telesales is 'Whom the telesales team may call. Kept by Sluice from the shop''s events.';

create table telesales.person (
  contact_key        bytea primary key check (octet_length(contact_key) = 32),
  -- the contract: all that is known of a person
  name               text check (char_length(name) between 1 and 200),
  phone              text check (phone ~ '^\+[1-9][0-9]{1,14}$'),
  region             text check (char_length(region) between 1 and 64),
  -- what decides which event wins
  updated_at         timestamptz,
  region_at          timestamptz,
  registered_at      timestamptz,
  erased_at          timestamptz,
  objected_at        timestamptz,
  source_topic       text,
  source_partition   integer,
  source_offset      bigint,
  secret_fingerprint text not null,
  constraint whole_or_empty check ((name is null) = (phone is null) and (name is not null or region is null)),
  constraint erased_or_registered_since
    check (erased_at is null or name is null or coalesce(registered_at > erased_at, false)),
  constraint objecting_is_empty check (objected_at is null or name is null)
) with (fillfactor = 85); -- people are updated in place: room in the page keeps the index out of it

comment on table telesales.person is
  'One row a person, also for the erased and the objecting, who are empty: it keeps older events from bringing them back.';
comment on column telesales.person.contact_key is
  'HMAC-SHA-256 of the customer id under telesales'' secret: a pseudonym, and still personal data.';
comment on column telesales.person.secret_fingerprint is
  'By which secret contact_key was made.';

create view telesales.contacts with (security_barrier) as
  select name, phone, region
    from telesales.person
   where name is not null
     and objected_at is null
     and (erased_at is null or registered_at > erased_at);
comment on view telesales.contacts is 'Whom to call. The erased and those who object are not in it.';

-- Roles belong to the whole server, so another database of it may have made them already.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['telesales_writer', 'telesales_reader'] loop
    begin
      execute format('create role %I nologin', wanted);
    exception when duplicate_object or unique_violation then
      null; -- it is there
    end;
  end loop;
end
$$;

-- What everybody may do by default is more than reading a view.
revoke create on schema public from public;
do $$
begin
  execute format('revoke temporary on database %I from public', current_database());
end
$$;

grant usage on schema telesales to telesales_writer, telesales_reader;
grant select on telesales.contacts to telesales_reader;

-- The writer reads what decides, and not a name or a phone. It deletes nothing and lifts no objection.
grant insert (
        contact_key, name, phone, region, updated_at, region_at, registered_at, erased_at,
        source_topic, source_partition, source_offset, secret_fingerprint),
      update (
        contact_key, name, phone, region, updated_at, region_at, registered_at, erased_at,
        source_topic, source_partition, source_offset, secret_fingerprint),
      select (
        contact_key, region, updated_at, region_at, registered_at, erased_at, objected_at,
        source_topic, source_partition, source_offset, secret_fingerprint)
   on telesales.person to telesales_writer;
grant select, insert, update on sluice_offsets to telesales_writer;
do $$
begin
  execute format('grant usage on schema %I to telesales_writer', current_schema()); -- where sluice_offsets is
end
$$;

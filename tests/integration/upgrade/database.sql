CREATE ROLE bank2_worker;
ALTER ROLE bank2_worker WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB LOGIN NOREPLICATION NOBYPASSRLS PASSWORD 'SCRAM-SHA-256$4096:conMYeYuzigHe+YRzuO8Kg==$gAbeCH+HzIp95ZmP8YPZ8NCIH0WxhMPn9qGE7lTFYS8=:HYoN5Wf0AtUmbSvTprRD9w/fKHrn7VIaOfE2Ybe763c=';
CREATE ROLE purchase_totals_writer;
ALTER ROLE purchase_totals_writer WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB NOLOGIN NOREPLICATION NOBYPASSRLS;
CREATE ROLE telesales_reader;
ALTER ROLE telesales_reader WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB NOLOGIN NOREPLICATION NOBYPASSRLS;
CREATE ROLE telesales_writer;
ALTER ROLE telesales_writer WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB NOLOGIN NOREPLICATION NOBYPASSRLS;
CREATE ROLE totals_worker;
ALTER ROLE totals_worker WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB LOGIN NOREPLICATION NOBYPASSRLS PASSWORD 'SCRAM-SHA-256$4096:Y0DfLGy73uhj7qrn4QFyfw==$bLpZ+OJJJHYO2hC3K8/uNFuucTEk+IQK5jXz9vwecB8=:T825FLiQh2Gf6SRjHczWdprxZdfLDRDUsH2KOAzvX58=';
GRANT purchase_totals_writer TO totals_worker GRANTED BY postgres;
GRANT telesales_writer TO bank2_worker GRANTED BY postgres;
REVOKE CONNECT,TEMPORARY ON DATABASE bank2 FROM PUBLIC;
GRANT CONNECT ON DATABASE bank2 TO PUBLIC;
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE SCHEMA purchase_totals;
ALTER SCHEMA purchase_totals OWNER TO postgres;
CREATE SCHEMA telesales;
ALTER SCHEMA telesales OWNER TO postgres;
CREATE FUNCTION public.sluice_ledger_upkeep(keep_days integer) RETURNS TABLE(made integer, dropped integer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET lock_timeout TO '2s'
    AS $_$
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
    $_$;
ALTER FUNCTION public.sluice_ledger_upkeep(keep_days integer) OWNER TO postgres;
CREATE FUNCTION telesales.purge_people(older_than timestamp with time zone, rows_max integer) RETURNS TABLE(emptied integer, removed integer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'telesales', 'pg_temp'
    SET lock_timeout TO '5s'
    AS $$
declare
  kept interval;
begin
  select make_interval(days => max((r.rules ->> 'days')::int)) into kept
    from public.sluice_rules r where r.function = 'telesales.purge_people';
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
ALTER FUNCTION telesales.purge_people(older_than timestamp with time zone, rows_max integer) OWNER TO postgres;
CREATE FUNCTION telesales.rekey_people(former bytea[], fresh bytea[], word text) RETURNS SETOF bytea
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'telesales', 'pg_temp'
    AS $$
#variable_conflict use_column
declare
  registered jsonb;
  pair record;
  old person;
begin
  select r.rules into registered from public.sluice_rules r
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
ALTER FUNCTION telesales.rekey_people(former bytea[], fresh bytea[], word text) OWNER TO postgres;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.sluice_dead_letters_done (
    connector text NOT NULL,
    kafka_cluster_id text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    done_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE public.sluice_dead_letters_done OWNER TO postgres;
CREATE TABLE public.sluice_ledger (
    written_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    event text NOT NULL,
    connector text NOT NULL,
    kafka_cluster_id text,
    task integer,
    config_hash text,
    columns text[],
    ranges jsonb,
    counts jsonb NOT NULL,
    subject bytea,
    by_role text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT sluice_ledger_event_check CHECK ((event = ANY (ARRAY['copied'::text, 'purged'::text, 'shown'::text, 'erased'::text, 'objected'::text, 'allowed'::text])))
)
PARTITION BY RANGE (written_at);
ALTER TABLE public.sluice_ledger OWNER TO postgres;
CREATE TABLE public.sluice_ledger_2026_11 (
    written_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    event text NOT NULL,
    connector text NOT NULL,
    kafka_cluster_id text,
    task integer,
    config_hash text,
    columns text[],
    ranges jsonb,
    counts jsonb NOT NULL,
    subject bytea,
    by_role text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT sluice_ledger_event_check CHECK ((event = ANY (ARRAY['copied'::text, 'purged'::text, 'shown'::text, 'erased'::text, 'objected'::text, 'allowed'::text])))
);
ALTER TABLE public.sluice_ledger_2026_11 OWNER TO postgres;
CREATE TABLE public.sluice_ledger_2026_12 (
    written_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    event text NOT NULL,
    connector text NOT NULL,
    kafka_cluster_id text,
    task integer,
    config_hash text,
    columns text[],
    ranges jsonb,
    counts jsonb NOT NULL,
    subject bytea,
    by_role text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT sluice_ledger_event_check CHECK ((event = ANY (ARRAY['copied'::text, 'purged'::text, 'shown'::text, 'erased'::text, 'objected'::text, 'allowed'::text])))
);
ALTER TABLE public.sluice_ledger_2026_12 OWNER TO postgres;
CREATE TABLE public.sluice_ledger_2027_01 (
    written_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    event text NOT NULL,
    connector text NOT NULL,
    kafka_cluster_id text,
    task integer,
    config_hash text,
    columns text[],
    ranges jsonb,
    counts jsonb NOT NULL,
    subject bytea,
    by_role text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT sluice_ledger_event_check CHECK ((event = ANY (ARRAY['copied'::text, 'purged'::text, 'shown'::text, 'erased'::text, 'objected'::text, 'allowed'::text])))
);
ALTER TABLE public.sluice_ledger_2027_01 OWNER TO postgres;
CREATE TABLE public.sluice_ledger_2027_02 (
    written_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    event text NOT NULL,
    connector text NOT NULL,
    kafka_cluster_id text,
    task integer,
    config_hash text,
    columns text[],
    ranges jsonb,
    counts jsonb NOT NULL,
    subject bytea,
    by_role text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT sluice_ledger_event_check CHECK ((event = ANY (ARRAY['copied'::text, 'purged'::text, 'shown'::text, 'erased'::text, 'objected'::text, 'allowed'::text])))
);
ALTER TABLE public.sluice_ledger_2027_02 OWNER TO postgres;
CREATE TABLE public.sluice_ledger_2027_03 (
    written_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    event text NOT NULL,
    connector text NOT NULL,
    kafka_cluster_id text,
    task integer,
    config_hash text,
    columns text[],
    ranges jsonb,
    counts jsonb NOT NULL,
    subject bytea,
    by_role text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT sluice_ledger_event_check CHECK ((event = ANY (ARRAY['copied'::text, 'purged'::text, 'shown'::text, 'erased'::text, 'objected'::text, 'allowed'::text])))
);
ALTER TABLE public.sluice_ledger_2027_03 OWNER TO postgres;
CREATE TABLE public.sluice_ledger_2027_04 (
    written_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    event text NOT NULL,
    connector text NOT NULL,
    kafka_cluster_id text,
    task integer,
    config_hash text,
    columns text[],
    ranges jsonb,
    counts jsonb NOT NULL,
    subject bytea,
    by_role text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT sluice_ledger_event_check CHECK ((event = ANY (ARRAY['copied'::text, 'purged'::text, 'shown'::text, 'erased'::text, 'objected'::text, 'allowed'::text])))
);
ALTER TABLE public.sluice_ledger_2027_04 OWNER TO postgres;
CREATE TABLE public.sluice_ledger_2027_05 (
    written_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    event text NOT NULL,
    connector text NOT NULL,
    kafka_cluster_id text,
    task integer,
    config_hash text,
    columns text[],
    ranges jsonb,
    counts jsonb NOT NULL,
    subject bytea,
    by_role text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT sluice_ledger_event_check CHECK ((event = ANY (ARRAY['copied'::text, 'purged'::text, 'shown'::text, 'erased'::text, 'objected'::text, 'allowed'::text])))
);
ALTER TABLE public.sluice_ledger_2027_05 OWNER TO postgres;
CREATE TABLE public.sluice_ledger_2027_06 (
    written_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    event text NOT NULL,
    connector text NOT NULL,
    kafka_cluster_id text,
    task integer,
    config_hash text,
    columns text[],
    ranges jsonb,
    counts jsonb NOT NULL,
    subject bytea,
    by_role text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT sluice_ledger_event_check CHECK ((event = ANY (ARRAY['copied'::text, 'purged'::text, 'shown'::text, 'erased'::text, 'objected'::text, 'allowed'::text])))
);
ALTER TABLE public.sluice_ledger_2027_06 OWNER TO postgres;
CREATE TABLE public.sluice_ledger_2027_07 (
    written_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    event text NOT NULL,
    connector text NOT NULL,
    kafka_cluster_id text,
    task integer,
    config_hash text,
    columns text[],
    ranges jsonb,
    counts jsonb NOT NULL,
    subject bytea,
    by_role text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT sluice_ledger_event_check CHECK ((event = ANY (ARRAY['copied'::text, 'purged'::text, 'shown'::text, 'erased'::text, 'objected'::text, 'allowed'::text])))
);
ALTER TABLE public.sluice_ledger_2027_07 OWNER TO postgres;
CREATE TABLE public.sluice_ledger_2027_08 (
    written_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    event text NOT NULL,
    connector text NOT NULL,
    kafka_cluster_id text,
    task integer,
    config_hash text,
    columns text[],
    ranges jsonb,
    counts jsonb NOT NULL,
    subject bytea,
    by_role text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT sluice_ledger_event_check CHECK ((event = ANY (ARRAY['copied'::text, 'purged'::text, 'shown'::text, 'erased'::text, 'objected'::text, 'allowed'::text])))
);
ALTER TABLE public.sluice_ledger_2027_08 OWNER TO postgres;
CREATE TABLE public.sluice_ledger_2027_09 (
    written_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    event text NOT NULL,
    connector text NOT NULL,
    kafka_cluster_id text,
    task integer,
    config_hash text,
    columns text[],
    ranges jsonb,
    counts jsonb NOT NULL,
    subject bytea,
    by_role text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT sluice_ledger_event_check CHECK ((event = ANY (ARRAY['copied'::text, 'purged'::text, 'shown'::text, 'erased'::text, 'objected'::text, 'allowed'::text])))
);
ALTER TABLE public.sluice_ledger_2027_09 OWNER TO postgres;
CREATE TABLE public.sluice_ledger_2027_10 (
    written_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    event text NOT NULL,
    connector text NOT NULL,
    kafka_cluster_id text,
    task integer,
    config_hash text,
    columns text[],
    ranges jsonb,
    counts jsonb NOT NULL,
    subject bytea,
    by_role text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT sluice_ledger_event_check CHECK ((event = ANY (ARRAY['copied'::text, 'purged'::text, 'shown'::text, 'erased'::text, 'objected'::text, 'allowed'::text])))
);
ALTER TABLE public.sluice_ledger_2027_10 OWNER TO postgres;
CREATE TABLE public.sluice_ledger_2027_11 (
    written_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    event text NOT NULL,
    connector text NOT NULL,
    kafka_cluster_id text,
    task integer,
    config_hash text,
    columns text[],
    ranges jsonb,
    counts jsonb NOT NULL,
    subject bytea,
    by_role text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT sluice_ledger_event_check CHECK ((event = ANY (ARRAY['copied'::text, 'purged'::text, 'shown'::text, 'erased'::text, 'objected'::text, 'allowed'::text])))
);
ALTER TABLE public.sluice_ledger_2027_11 OWNER TO postgres;
CREATE TABLE public.sluice_ledger_default (
    written_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    event text NOT NULL,
    connector text NOT NULL,
    kafka_cluster_id text,
    task integer,
    config_hash text,
    columns text[],
    ranges jsonb,
    counts jsonb NOT NULL,
    subject bytea,
    by_role text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT sluice_ledger_event_check CHECK ((event = ANY (ARRAY['copied'::text, 'purged'::text, 'shown'::text, 'erased'::text, 'objected'::text, 'allowed'::text])))
);
ALTER TABLE public.sluice_ledger_default OWNER TO postgres;
CREATE TABLE public.sluice_migrations (
    connector text NOT NULL,
    version integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE public.sluice_migrations OWNER TO postgres;
CREATE TABLE public.sluice_offsets (
    connector text NOT NULL,
    kafka_cluster_id text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint,
    last_timestamp bigint,
    fence bigint NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT sluice_offsets_fence_check CHECK ((fence > 0)),
    CONSTRAINT sluice_offsets_next_offset_check CHECK ((next_offset >= 0)),
    CONSTRAINT sluice_offsets_partition_check CHECK ((partition >= 0))
)
WITH (fillfactor='50');
ALTER TABLE public.sluice_offsets OWNER TO postgres;
CREATE TABLE public.sluice_rules (
    connector text NOT NULL,
    function text NOT NULL,
    rules jsonb NOT NULL,
    stored_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE public.sluice_rules OWNER TO postgres;
CREATE TABLE purchase_totals.order_total (
    order_id bigint NOT NULL,
    total numeric(14,2) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT order_total_total_check CHECK ((total >= (0)::numeric))
);
ALTER TABLE purchase_totals.order_total OWNER TO postgres;
CREATE TABLE telesales.person (
    contact_key bytea NOT NULL,
    name text,
    phone text,
    region text,
    updated_at timestamp with time zone,
    region_at timestamp with time zone,
    registered_at timestamp with time zone,
    erased_at timestamp with time zone,
    objected_at timestamp with time zone,
    source_topic text,
    source_partition integer,
    source_offset bigint,
    secret_fingerprint text NOT NULL,
    CONSTRAINT erased_or_registered_since CHECK (((erased_at IS NULL) OR (name IS NULL) OR COALESCE((registered_at > erased_at), false))),
    CONSTRAINT objecting_is_empty CHECK (((objected_at IS NULL) OR (name IS NULL))),
    CONSTRAINT person_contact_key_check CHECK ((octet_length(contact_key) = 32)),
    CONSTRAINT person_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
    CONSTRAINT person_phone_check CHECK ((phone ~ '^\+[1-9][0-9]{1,14}$'::text)),
    CONSTRAINT person_region_check CHECK (((char_length(region) >= 1) AND (char_length(region) <= 64))),
    CONSTRAINT whole_or_empty CHECK ((((name IS NULL) = (phone IS NULL)) AND ((name IS NOT NULL) OR (region IS NULL))))
)
WITH (fillfactor='85');
ALTER TABLE telesales.person OWNER TO postgres;
CREATE VIEW telesales.contacts WITH (security_barrier='true') AS
 SELECT person.name,
    person.phone,
    person.region
   FROM telesales.person
  WHERE ((person.name IS NOT NULL) AND (person.objected_at IS NULL) AND ((person.erased_at IS NULL) OR (person.registered_at > person.erased_at)));
ALTER TABLE telesales.contacts OWNER TO postgres;
ALTER TABLE ONLY public.sluice_ledger ATTACH PARTITION public.sluice_ledger_2026_11 FOR VALUES FROM ('2026-11-01 00:00:00+00') TO ('2026-12-01 00:00:00+00');
ALTER TABLE ONLY public.sluice_ledger ATTACH PARTITION public.sluice_ledger_2026_12 FOR VALUES FROM ('2026-12-01 00:00:00+00') TO ('2027-01-01 00:00:00+00');
ALTER TABLE ONLY public.sluice_ledger ATTACH PARTITION public.sluice_ledger_2027_01 FOR VALUES FROM ('2027-01-01 00:00:00+00') TO ('2027-02-01 00:00:00+00');
ALTER TABLE ONLY public.sluice_ledger ATTACH PARTITION public.sluice_ledger_2027_02 FOR VALUES FROM ('2027-02-01 00:00:00+00') TO ('2027-03-01 00:00:00+00');
ALTER TABLE ONLY public.sluice_ledger ATTACH PARTITION public.sluice_ledger_2027_03 FOR VALUES FROM ('2027-03-01 00:00:00+00') TO ('2027-04-01 00:00:00+00');
ALTER TABLE ONLY public.sluice_ledger ATTACH PARTITION public.sluice_ledger_2027_04 FOR VALUES FROM ('2027-04-01 00:00:00+00') TO ('2027-05-01 00:00:00+00');
ALTER TABLE ONLY public.sluice_ledger ATTACH PARTITION public.sluice_ledger_2027_05 FOR VALUES FROM ('2027-05-01 00:00:00+00') TO ('2027-06-01 00:00:00+00');
ALTER TABLE ONLY public.sluice_ledger ATTACH PARTITION public.sluice_ledger_2027_06 FOR VALUES FROM ('2027-06-01 00:00:00+00') TO ('2027-07-01 00:00:00+00');
ALTER TABLE ONLY public.sluice_ledger ATTACH PARTITION public.sluice_ledger_2027_07 FOR VALUES FROM ('2027-07-01 00:00:00+00') TO ('2027-08-01 00:00:00+00');
ALTER TABLE ONLY public.sluice_ledger ATTACH PARTITION public.sluice_ledger_2027_08 FOR VALUES FROM ('2027-08-01 00:00:00+00') TO ('2027-09-01 00:00:00+00');
ALTER TABLE ONLY public.sluice_ledger ATTACH PARTITION public.sluice_ledger_2027_09 FOR VALUES FROM ('2027-09-01 00:00:00+00') TO ('2027-10-01 00:00:00+00');
ALTER TABLE ONLY public.sluice_ledger ATTACH PARTITION public.sluice_ledger_2027_10 FOR VALUES FROM ('2027-10-01 00:00:00+00') TO ('2027-11-01 00:00:00+00');
ALTER TABLE ONLY public.sluice_ledger ATTACH PARTITION public.sluice_ledger_2027_11 FOR VALUES FROM ('2027-11-01 00:00:00+00') TO ('2027-12-01 00:00:00+00');
ALTER TABLE ONLY public.sluice_ledger ATTACH PARTITION public.sluice_ledger_default DEFAULT;
INSERT INTO public.sluice_dead_letters_done VALUES ('telesales', 'SY2Olvfx-RLdi5MM0cUHkA', 'customers.registrations', 0, 3, '2026-11-30 23:06:31.823661+00');
INSERT INTO public.sluice_ledger_2026_11 VALUES ('2026-11-30 23:06:01.805796+00', 'copied', 'telesales', 'SY2Olvfx-RLdi5MM0cUHkA', 1, 'dcd7d02cae0db369e23594134f3088f8', '{contact_key,name,phone,region,updated_at,region_at,registered_at,erased_at,source_topic,source_partition,source_offset,secret_fingerprint}', '{"customers.campaigns": {"0": [["0", "1"]]}, "customers.purchases": {"1": [["0", "1"]]}, "customers.registrations": {"0": [["0", "3"]], "1": [["0", "6"]]}}', '{"erased": 1, "records": 10, "written": 9}', NULL, 'bank2_worker');
INSERT INTO public.sluice_ledger_2026_11 VALUES ('2026-11-30 23:06:08.686305+00', 'copied', 'telesales', 'SY2Olvfx-RLdi5MM0cUHkA', 0, 'dcd7d02cae0db369e23594134f3088f8', '{contact_key,name,phone,region,updated_at,region_at,registered_at,erased_at,source_topic,source_partition,source_offset,secret_fingerprint}', '{"customers.purchases": {"0": [["0", "1"]]}, "customers.registrations": {"0": [["4", "6"]]}}', '{"erased": 1, "records": 3, "written": 2}', NULL, 'bank2_worker');
INSERT INTO public.sluice_ledger_2026_11 VALUES ('2026-11-30 23:06:16.416439+00', 'shown', 'telesales', NULL, NULL, NULL, NULL, NULL, '{"found": 1}', '\x036e4fa190c4a7365eb698665ab34022a8dd321a9c37d1afa45b90476222c7a0', 'postgres');
INSERT INTO public.sluice_ledger_2026_11 VALUES ('2026-11-30 23:06:23.374382+00', 'erased', 'telesales', NULL, NULL, NULL, NULL, NULL, '{"found": 1}', '\x1099c055f5d91a4715342f4dcd9dd60b3c97ef7ab853b13527622e47459410a2', 'postgres');
INSERT INTO public.sluice_ledger_2026_11 VALUES ('2026-11-30 23:06:28.874703+00', 'objected', 'telesales', NULL, NULL, NULL, NULL, NULL, '{"found": 1}', '\x87d02da4d6ba86b234d794b3bc3e76af6d85ddaebc5f8dbdb2620550215f1bd5', 'postgres');
INSERT INTO public.sluice_ledger_2026_11 VALUES ('2026-11-30 23:06:31.9258+00', 'copied', 'telesales', 'SY2Olvfx-RLdi5MM0cUHkA', 0, '3b1427f800ab98aebfb7ea9640030a43', '{contact_key,name,phone,region,updated_at,region_at,registered_at,erased_at,source_topic,source_partition,source_offset,secret_fingerprint}', '{"customers.registrations": {"0": [["3", "4"]]}}', '{"records": 1, "written": 1}', NULL, 'postgres');
INSERT INTO public.sluice_ledger_2026_11 VALUES ('2026-11-30 23:06:32.488356+00', 'copied', 'telesales', 'SY2Olvfx-RLdi5MM0cUHkA', 1, '3b1427f800ab98aebfb7ea9640030a43', '{contact_key,name,phone,region,updated_at,region_at,registered_at,erased_at,source_topic,source_partition,source_offset,secret_fingerprint}', '{"customers.campaigns": {"1": [["1", "2"]]}, "customers.purchases": {"1": [["1", "2"]]}}', '{"records": 2, "written": 2}', NULL, 'bank2_worker');
INSERT INTO public.sluice_migrations VALUES ('telesales', 1, '001_contacts.sql', '5462c99c2a55a47b8e7d2175fc039a78066eb019d219fa0a8ba36b9faa5e100d', '2026-11-30 23:05:54.403141+00');
INSERT INTO public.sluice_migrations VALUES ('telesales', 2, '002_ledger_and_retention.sql', '1cb5f80b5ad947b1db1882c6a30be2d28210839e0056ddcaedc633254031dc90', '2026-11-30 23:05:54.447118+00');
INSERT INTO public.sluice_migrations VALUES ('telesales', 3, '003_what_a_login_may.sql', '041d30ecd10e5bb829bfc3fabef8bf79496d99c64b9273340af67a24df60d861', '2026-11-30 23:05:54.483404+00');
INSERT INTO public.sluice_migrations VALUES ('purchase-totals', 1, '001_order_total.sql', 'b69832c7ee91e685ef174f4f4e32735a69425e340061f9f09e0ec21347890330', '2026-11-30 23:05:55.812202+00');
INSERT INTO public.sluice_offsets VALUES ('telesales', 'SY2Olvfx-RLdi5MM0cUHkA', 'customers.campaigns', 0, 1, NULL, 4, '2026-11-30 23:06:11.053688+00');
INSERT INTO public.sluice_offsets VALUES ('telesales', 'SY2Olvfx-RLdi5MM0cUHkA', 'customers.purchases', 0, 1, NULL, 4, '2026-11-30 23:06:11.053755+00');
INSERT INTO public.sluice_offsets VALUES ('telesales', 'SY2Olvfx-RLdi5MM0cUHkA', 'customers.registrations', 1, 6, NULL, 4, '2026-11-30 23:06:11.101624+00');
INSERT INTO public.sluice_offsets VALUES ('telesales', 'SY2Olvfx-RLdi5MM0cUHkA', 'customers.campaigns', 1, 2, 1793623860000, 4, '2026-11-30 23:06:32.374057+00');
INSERT INTO public.sluice_offsets VALUES ('telesales', 'SY2Olvfx-RLdi5MM0cUHkA', 'customers.purchases', 1, 2, 1793623920000, 4, '2026-11-30 23:06:32.37411+00');
INSERT INTO public.sluice_offsets VALUES ('telesales', 'SY2Olvfx-RLdi5MM0cUHkA', 'customers.registrations', 0, 7, NULL, 4, '2026-11-30 23:06:32.380853+00');
INSERT INTO public.sluice_rules VALUES ('telesales', 'telesales.purge_people', '{"days": 36500}', '2026-11-30 23:06:03.556186+00');
INSERT INTO public.sluice_rules VALUES ('telesales', 'sluice_ledger_upkeep', '{"days": 36500}', '2026-11-30 23:06:03.556186+00');
INSERT INTO public.sluice_rules VALUES ('telesales', 'telesales.rekey_people', '{"word": "91ee0ff3b4000732a9279743088cd5584b7184fc4fae2cc448b32309d7abfab6", "current": "5e90ce21f9caebd5", "previous": ["cb420e6c46c9d747"]}', '2026-11-30 23:06:03.556186+00');
INSERT INTO purchase_totals.order_total VALUES (101, 10.10, '2026-11-02 12:20:00+00');
INSERT INTO purchase_totals.order_total VALUES (102, 10.20, '2026-11-02 12:42:00+00');
INSERT INTO telesales.person VALUES ('\x78055e759a954de06786f8d36bc7845ca33c6391b05302455e99c4f5e5123a3c', 'Gil', '+5511987650007', 'PR', '2026-11-02 12:07:00+00', '2026-11-02 12:07:00+00', '2026-11-02 12:07:00+00', NULL, NULL, 'customers.registrations', 1, 3, 'cb420e6c46c9d747');
INSERT INTO telesales.person VALUES ('\xf95a7aab05958afaaaa64976b4a797f4497d1f679d508df197a2bc8ecfb073e1', 'Bia', '+5511987650002', 'RJ', '2026-11-02 12:21:00+00', '2026-11-02 12:21:00+00', NULL, NULL, NULL, 'customers.campaigns', 0, 0, 'cb420e6c46c9d747');
INSERT INTO telesales.person VALUES ('\x9a9a9ae46a0c1db05082f314f73f3d870ddad73669efe234e0b164b8c0b60cbf', NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-02 12:30:00+00', NULL, 'customers.registrations', 1, 5, 'cb420e6c46c9d747');
INSERT INTO telesales.person VALUES ('\xa91d8d19f73ef1f2f3d8c56de3e045a48874a370905788bdca26e8f608a737cf', 'Hugo', '+5511987650008', 'CE', '2026-11-02 12:42:00+00', '2026-11-02 12:42:00+00', '2026-11-02 12:08:00+00', NULL, NULL, 'customers.purchases', 0, 0, '5e90ce21f9caebd5');
INSERT INTO telesales.person VALUES ('\x40ccacbaf70ad552874763bb10578892fe43266b9d9c8cad613ce2cbc48e9ad1', 'Davi', '+5531987654444', 'MG', '2026-11-02 12:41:00+00', '2026-11-02 12:41:00+00', '2026-11-02 12:41:00+00', '2026-11-02 12:40:00+00', NULL, 'customers.registrations', 0, 5, '5e90ce21f9caebd5');
INSERT INTO telesales.person VALUES ('\x1099c055f5d91a4715342f4dcd9dd60b3c97ef7ab853b13527622e47459410a2', NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-30 23:06:23.366422+00', NULL, NULL, NULL, NULL, '5e90ce21f9caebd5');
INSERT INTO telesales.person VALUES ('\x87d02da4d6ba86b234d794b3bc3e76af6d85ddaebc5f8dbdb2620550215f1bd5', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-30 23:06:28.863866+00', NULL, NULL, NULL, '5e90ce21f9caebd5');
INSERT INTO telesales.person VALUES ('\x707f53386f868e900de9e23f558c3ef8924387a5296b10822299fd7726f42c3b', 'Joana', '+5511987650010', NULL, '2026-11-02 12:10:00+00', NULL, '2026-11-02 12:10:00+00', NULL, NULL, 'customers.registrations', 0, 3, '5e90ce21f9caebd5');
INSERT INTO telesales.person VALUES ('\x036e4fa190c4a7365eb698665ab34022a8dd321a9c37d1afa45b90476222c7a0', 'Ana Lima', '+5511987650001', 'SP', '2026-11-02 12:52:00+00', '2026-11-02 12:52:00+00', '2026-11-02 12:01:00+00', NULL, NULL, 'customers.purchases', 1, 1, '5e90ce21f9caebd5');
INSERT INTO telesales.person VALUES ('\x32feeee06043ae183edfca89ed7843fdb46daa4188628d67668f73524d0c57ec', 'Mario', '+5511987650013', 'SC', '2026-11-02 12:51:00+00', '2026-11-02 12:51:00+00', NULL, NULL, NULL, 'customers.campaigns', 1, 1, '5e90ce21f9caebd5');
ALTER TABLE ONLY public.sluice_dead_letters_done
    ADD CONSTRAINT sluice_dead_letters_done_pkey PRIMARY KEY (connector, kafka_cluster_id, topic, partition, record_offset);
ALTER TABLE ONLY public.sluice_migrations
    ADD CONSTRAINT sluice_migrations_pkey PRIMARY KEY (connector, version);
ALTER TABLE ONLY public.sluice_offsets
    ADD CONSTRAINT sluice_offsets_pkey PRIMARY KEY (connector, kafka_cluster_id, topic, partition);
ALTER TABLE ONLY public.sluice_rules
    ADD CONSTRAINT sluice_rules_pkey PRIMARY KEY (connector, function);
ALTER TABLE ONLY purchase_totals.order_total
    ADD CONSTRAINT order_total_pkey PRIMARY KEY (order_id);
ALTER TABLE ONLY telesales.person
    ADD CONSTRAINT person_pkey PRIMARY KEY (contact_key);
CREATE INDEX sluice_ledger_by_connector ON ONLY public.sluice_ledger USING btree (connector, written_at);
CREATE INDEX sluice_ledger_2026_11_connector_written_at_idx ON public.sluice_ledger_2026_11 USING btree (connector, written_at);
CREATE INDEX sluice_ledger_2026_12_connector_written_at_idx ON public.sluice_ledger_2026_12 USING btree (connector, written_at);
CREATE INDEX sluice_ledger_2027_01_connector_written_at_idx ON public.sluice_ledger_2027_01 USING btree (connector, written_at);
CREATE INDEX sluice_ledger_2027_02_connector_written_at_idx ON public.sluice_ledger_2027_02 USING btree (connector, written_at);
CREATE INDEX sluice_ledger_2027_03_connector_written_at_idx ON public.sluice_ledger_2027_03 USING btree (connector, written_at);
CREATE INDEX sluice_ledger_2027_04_connector_written_at_idx ON public.sluice_ledger_2027_04 USING btree (connector, written_at);
CREATE INDEX sluice_ledger_2027_05_connector_written_at_idx ON public.sluice_ledger_2027_05 USING btree (connector, written_at);
CREATE INDEX sluice_ledger_2027_06_connector_written_at_idx ON public.sluice_ledger_2027_06 USING btree (connector, written_at);
CREATE INDEX sluice_ledger_2027_07_connector_written_at_idx ON public.sluice_ledger_2027_07 USING btree (connector, written_at);
CREATE INDEX sluice_ledger_2027_08_connector_written_at_idx ON public.sluice_ledger_2027_08 USING btree (connector, written_at);
CREATE INDEX sluice_ledger_2027_09_connector_written_at_idx ON public.sluice_ledger_2027_09 USING btree (connector, written_at);
CREATE INDEX sluice_ledger_2027_10_connector_written_at_idx ON public.sluice_ledger_2027_10 USING btree (connector, written_at);
CREATE INDEX sluice_ledger_2027_11_connector_written_at_idx ON public.sluice_ledger_2027_11 USING btree (connector, written_at);
CREATE INDEX sluice_ledger_default_connector_written_at_idx ON public.sluice_ledger_default USING btree (connector, written_at);
ALTER INDEX public.sluice_ledger_by_connector ATTACH PARTITION public.sluice_ledger_2026_11_connector_written_at_idx;
ALTER INDEX public.sluice_ledger_by_connector ATTACH PARTITION public.sluice_ledger_2026_12_connector_written_at_idx;
ALTER INDEX public.sluice_ledger_by_connector ATTACH PARTITION public.sluice_ledger_2027_01_connector_written_at_idx;
ALTER INDEX public.sluice_ledger_by_connector ATTACH PARTITION public.sluice_ledger_2027_02_connector_written_at_idx;
ALTER INDEX public.sluice_ledger_by_connector ATTACH PARTITION public.sluice_ledger_2027_03_connector_written_at_idx;
ALTER INDEX public.sluice_ledger_by_connector ATTACH PARTITION public.sluice_ledger_2027_04_connector_written_at_idx;
ALTER INDEX public.sluice_ledger_by_connector ATTACH PARTITION public.sluice_ledger_2027_05_connector_written_at_idx;
ALTER INDEX public.sluice_ledger_by_connector ATTACH PARTITION public.sluice_ledger_2027_06_connector_written_at_idx;
ALTER INDEX public.sluice_ledger_by_connector ATTACH PARTITION public.sluice_ledger_2027_07_connector_written_at_idx;
ALTER INDEX public.sluice_ledger_by_connector ATTACH PARTITION public.sluice_ledger_2027_08_connector_written_at_idx;
ALTER INDEX public.sluice_ledger_by_connector ATTACH PARTITION public.sluice_ledger_2027_09_connector_written_at_idx;
ALTER INDEX public.sluice_ledger_by_connector ATTACH PARTITION public.sluice_ledger_2027_10_connector_written_at_idx;
ALTER INDEX public.sluice_ledger_by_connector ATTACH PARTITION public.sluice_ledger_2027_11_connector_written_at_idx;
ALTER INDEX public.sluice_ledger_by_connector ATTACH PARTITION public.sluice_ledger_default_connector_written_at_idx;
CREATE POLICY sluice_add ON public.sluice_ledger FOR INSERT WITH CHECK (((event = ANY (ARRAY['copied'::text, 'purged'::text])) AND (subject IS NULL)));
ALTER TABLE public.sluice_ledger ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.sluice_offsets ENABLE ROW LEVEL SECURITY;
CREATE POLICY sluice_own_connector ON public.sluice_offsets USING (COALESCE(pg_has_role((to_regrole(quote_ident((lower(regexp_replace(connector, '[^A-Za-z0-9]+'::text, '_'::text, 'g'::text)) || '_writer'::text))))::oid, 'MEMBER'::text), true));
CREATE POLICY sluice_read ON public.sluice_ledger FOR SELECT USING (true);
REVOKE CONNECT,TEMPORARY ON DATABASE bank2 FROM PUBLIC;
GRANT CONNECT ON DATABASE bank2 TO PUBLIC;
GRANT USAGE ON SCHEMA public TO telesales_writer;
GRANT USAGE ON SCHEMA purchase_totals TO purchase_totals_writer;
GRANT USAGE ON SCHEMA telesales TO telesales_writer;
GRANT USAGE ON SCHEMA telesales TO telesales_reader;
REVOKE ALL ON FUNCTION public.sluice_ledger_upkeep(keep_days integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.sluice_ledger_upkeep(keep_days integer) TO telesales_writer;
REVOKE ALL ON FUNCTION telesales.purge_people(older_than timestamp with time zone, rows_max integer) FROM PUBLIC;
GRANT ALL ON FUNCTION telesales.purge_people(older_than timestamp with time zone, rows_max integer) TO telesales_writer;
REVOKE ALL ON FUNCTION telesales.rekey_people(former bytea[], fresh bytea[], word text) FROM PUBLIC;
GRANT ALL ON FUNCTION telesales.rekey_people(former bytea[], fresh bytea[], word text) TO telesales_writer;
GRANT INSERT(event) ON TABLE public.sluice_ledger TO telesales_writer;
GRANT INSERT(connector) ON TABLE public.sluice_ledger TO telesales_writer;
GRANT INSERT(kafka_cluster_id) ON TABLE public.sluice_ledger TO telesales_writer;
GRANT INSERT(task) ON TABLE public.sluice_ledger TO telesales_writer;
GRANT INSERT(config_hash) ON TABLE public.sluice_ledger TO telesales_writer;
GRANT INSERT(columns) ON TABLE public.sluice_ledger TO telesales_writer;
GRANT INSERT(ranges) ON TABLE public.sluice_ledger TO telesales_writer;
GRANT INSERT(counts) ON TABLE public.sluice_ledger TO telesales_writer;
GRANT SELECT,INSERT,UPDATE ON TABLE public.sluice_offsets TO telesales_writer;
GRANT SELECT,INSERT,UPDATE ON TABLE purchase_totals.order_total TO purchase_totals_writer;
GRANT SELECT(contact_key),INSERT(contact_key) ON TABLE telesales.person TO telesales_writer;
GRANT INSERT(name),UPDATE(name) ON TABLE telesales.person TO telesales_writer;
GRANT INSERT(phone),UPDATE(phone) ON TABLE telesales.person TO telesales_writer;
GRANT SELECT(region),INSERT(region),UPDATE(region) ON TABLE telesales.person TO telesales_writer;
GRANT SELECT(updated_at),INSERT(updated_at),UPDATE(updated_at) ON TABLE telesales.person TO telesales_writer;
GRANT SELECT(region_at),INSERT(region_at),UPDATE(region_at) ON TABLE telesales.person TO telesales_writer;
GRANT SELECT(registered_at),INSERT(registered_at),UPDATE(registered_at) ON TABLE telesales.person TO telesales_writer;
GRANT SELECT(erased_at),INSERT(erased_at),UPDATE(erased_at) ON TABLE telesales.person TO telesales_writer;
GRANT SELECT(objected_at) ON TABLE telesales.person TO telesales_writer;
GRANT SELECT(source_topic),INSERT(source_topic),UPDATE(source_topic) ON TABLE telesales.person TO telesales_writer;
GRANT SELECT(source_partition),INSERT(source_partition),UPDATE(source_partition) ON TABLE telesales.person TO telesales_writer;
GRANT SELECT(source_offset),INSERT(source_offset),UPDATE(source_offset) ON TABLE telesales.person TO telesales_writer;
GRANT SELECT(secret_fingerprint),INSERT(secret_fingerprint),UPDATE(secret_fingerprint) ON TABLE telesales.person TO telesales_writer;
GRANT SELECT ON TABLE telesales.contacts TO telesales_reader;

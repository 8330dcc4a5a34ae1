-- One row an order, and what a customer bought on a day as a view. Who the customer is stays with the shop.

create schema billing;

create table billing.customer_order (
  order_id     bigint primary key,
  customer_key bytea not null check (octet_length(customer_key) = 32),
  cents        bigint not null check (cents >= 0),
  ordered_at   timestamptz not null
);
create index on billing.customer_order (customer_key, ordered_at);

create view billing.customer_day as
  select customer_key, (ordered_at at time zone 'America/Sao_Paulo')::date as day,
         count(*) as orders, sum(cents) / 100.0 as total
    from billing.customer_order
   group by 1, 2;

do $$
declare
  wanted text;
begin
  foreach wanted in array array['billing_writer', 'billing_reader'] loop
    begin
      execute format('create role %I nologin', wanted);
    exception when duplicate_object or unique_violation then
      null; -- roles belong to the whole server: another database of it has made it
    end;
  end loop;
  execute format('grant usage on schema %I to billing_writer', current_schema()); -- where sluice_offsets is
end
$$;

grant usage on schema billing to billing_writer, billing_reader;
grant select on billing.customer_day to billing_reader;
grant insert, update on billing.customer_order to billing_writer;
grant select (order_id, ordered_at) on billing.customer_order to billing_writer;
grant select, insert, update on sluice_offsets to billing_writer;

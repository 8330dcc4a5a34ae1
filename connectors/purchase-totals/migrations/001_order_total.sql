-- What each order came to, and nothing about who bought what.

create schema purchase_totals;

create table purchase_totals.order_total (
  order_id   bigint primary key,
  total      numeric(14, 2) not null check (total >= 0),
  created_at timestamptz not null
);

-- `migrate` makes the login of PURCHASE_TOTALS_URL a member of the role of this name.
do $$
begin
  create role purchase_totals_writer nologin;
exception when duplicate_object or unique_violation then
  null; -- roles belong to the whole server: another database of it has made it
end
$$;

grant usage on schema purchase_totals to purchase_totals_writer;
grant insert, update on purchase_totals.order_total to purchase_totals_writer;
grant select on purchase_totals.order_total to purchase_totals_writer; -- ON CONFLICT … SET total = EXCLUDED.total reads

-- Bank 1: the shop's database. `name`, `phone` and `region` are as customers typed them. `meant_name` and `meant_phone`
-- are the intended values. They are never published and allow checks that don't use Sluice's code.

create table customers (
  id bigint primary key,
  email text not null,
  cpf text not null,
  birth_date date not null,
  password_hash text not null,
  address jsonb not null
);

-- The three tables share one sequence of ids, so all events have one order.
create table registrations (
  event_id bigint primary key,
  customer_id bigint not null references customers,
  name text not null,
  phone text not null,
  region text,
  created_at timestamptz (3) not null,
  meant_name text not null,
  meant_phone text not null
);

create table purchases (
  event_id bigint primary key,
  customer_id bigint not null references customers,
  name text not null,
  phone text not null,
  region text,
  card jsonb not null,
  items jsonb not null,
  total numeric(12, 2) not null,
  created_at timestamptz (3) not null,
  meant_name text not null,
  meant_phone text not null
);

create table campaign_signups (
  event_id bigint primary key,
  customer_id bigint not null references customers,
  campaign text not null,
  full_name text not null,
  phone_number text not null,
  state text,
  utm jsonb not null,
  created_at timestamptz (3) not null,
  meant_name text not null,
  meant_phone text not null
);

-- The last event that the producer has published.
create table producer (published_to bigint not null);
insert into producer values (0);

-- All events as the producer reads them.
create view outbox as
  select event_id, 'registration' as kind, customer_id, name, phone, region, created_at,
    jsonb_build_object('email', email, 'cpf', cpf, 'birth_date', birth_date, 'password_hash', password_hash,
      'address', address) as details
  from registrations join customers on id = customer_id
  union all
  select event_id, 'purchase', customer_id, name, phone, region, created_at,
    jsonb_build_object('email', email, 'card', card, 'items', items, 'total', total)
  from purchases join customers on id = customer_id
  union all
  select event_id, 'campaign', customer_id, full_name, phone_number, state, created_at,
    jsonb_build_object('campaign', campaign, 'utm', utm)
  from campaign_signups;

-- What telesales must contain once all published events have arrived: each customer's newest name, newest phone and
-- newest known region.
create view expected_contacts as
  with published as (
    select customer_id, created_at, meant_name, meant_phone, region, event_id from registrations
    union all
    select customer_id, created_at, meant_name, meant_phone, region, event_id from purchases
    union all
    select customer_id, created_at, meant_name, meant_phone, state, event_id from campaign_signups
  )
  select customer_id,
    (array_agg(meant_name order by created_at desc))[1] as name,
    (array_agg(meant_phone order by created_at desc))[1] as phone,
    (array_agg(btrim(region) order by created_at desc) filter (where btrim(region) <> ''))[1] as region,
    max(created_at) as updated_at
  from published
  where event_id <= (select published_to from producer)
  group by customer_id;

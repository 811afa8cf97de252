/** Reads over tables, views and partitions, each with the columns that it touches. */

export const touchedFixtures = `
  drop schema if exists t cascade; drop schema if exists evil cascade;
  create schema t; create schema evil;
  set search_path to t;
  create sequence numbers;
  create table regions (id int primary key, name text, secret text);
  create table customers (id int primary key, name text, email text, status text, region_id int,
    age int, older int generated always as (age + 1) stored);
  create table orders (id int primary key, customer_id int, total int, status text, note text);
  create table payments (id int, card text, taken int) partition by range (taken);
  create table payments_1 partition of payments for values from (0) to (1000);
  create view active as select id, name, email as mail from customers where status = 'on';
  create view deep as select a.id, a.mail, o.total, o.note from active a join orders o on o.customer_id = a.id;
  create view counted as select region_id, count(*) as n, max(age) as oldest from customers group by region_id;
  create view either as select id, name from customers union select id, note from orders;
  create materialized view kept as select id, upper(email) as mail from customers;
  create view evil.customers as select id, secret as name from t.regions;
  insert into regions values (1, 'north', 's1'), (2, 'south', 's2');
  insert into customers values (1, 'ann', 'a@x', 'on', 1, 30), (2, 'ben', 'b@x', 'off', 2, 40), (3, 'cat', 'c@x', 'on', 2, 50);
  insert into orders values (1, 1, 10, 'new', 'n1'), (2, 1, 20, 'paid', 'n2'), (3, 3, 30, 'new', 'n3');
  insert into payments values (1, 'c1', 1), (2, 'c2', 2);
  refresh materialized view kept`;

export const all = (table: string, names: string) =>
  names.split(" ").map((name) => `${table}.${name}`);
const customers = all("customers", "age email id name older region_id status");
export const orders = all("orders", "customer_id id note status total");

/** Each with what it touches, and no more. */
export const reads: readonly (readonly [sql: string, touched: readonly string[]])[] = [
  ["select 1", []],
  ["select id, name from customers", ["customers.id", "customers.name"]],
  ["select * from customers", customers],
  ["table customers", customers],
  [
    "select c.* from customers c join orders o on o.customer_id = c.id",
    [...customers, "orders.customer_id"],
  ],
  ["select count(*) from customers", ["customers"]],
  ["select count(*) from customers where email like 'a%'", ["customers.email"]],
  [
    "select id from t.customers where t.customers.email = 'a@x'",
    ["customers.email", "customers.id"],
  ],
  ["select name from customers order by age", ["customers.age", "customers.name"]],
  ["select name as n from customers order by n", ["customers.name"]],
  ["select name as age from customers order by age", ["customers.name"]],
  ["select id, email from customers order by 2 limit 1", ["customers.email", "customers.id"]],
  ["select count(*) from customers group by status", ["customers.status"]],
  [
    "select upper(name) as status, count(*) from customers group by status, name",
    ["customers.name", "customers.status"],
  ],
  ["select length(email) as l, count(*) from customers group by l", ["customers.email"]],
  [
    "select count(*) from customers group by rollup (status, region_id)",
    ["customers.region_id", "customers.status"],
  ],
  ["select count(*) from customers having max(age) > 3", ["customers.age"]],
  [
    "select id, rank() over (partition by status order by age) from customers",
    ["customers.age", "customers.id", "customers.status"],
  ],
  [
    "select id, sum(age) over w from customers window w as (order by region_id)",
    ["customers.age", "customers.id", "customers.region_id"],
  ],
  [
    "select string_agg(name, ',' order by email) filter (where age > 3) from customers",
    ["customers.age", "customers.email", "customers.name"],
  ],
  ["select id from (select * from customers) as s", ["customers.id"]],
  [
    "select id from (select distinct id, email from customers) as s",
    ["customers.email", "customers.id"],
  ],
  ["select s.n from (select id, name from customers) as s (i, n)", ["customers.name"]],
  ["select c.b from customers as c (a, b)", ["customers.name"]],
  ["select x.a from (customers c join orders o on true) as x (a)", ["customers.id", "orders"]],
  [
    "select id from customers c where exists (select * from orders o where o.customer_id = c.id)",
    ["customers.id", "orders.customer_id"],
  ],
  [
    "select id from customers where id in (select customer_id from orders where total > 15)",
    ["customers.id", "orders.customer_id", "orders.total"],
  ],
  [
    "select (select max(total) from orders where customer_id = c.id) from customers c",
    ["customers.id", "orders.customer_id", "orders.total"],
  ],
  [
    "select name from customers where id = any (array(select customer_id from orders))",
    ["customers.id", "customers.name", "orders.customer_id"],
  ],
  ["select c from customers c", customers],
  ["select customers from customers", customers],
  ["select to_jsonb(c) from customers c", customers],
  ["select (c).email from customers c", ["customers.email"]],
  ["select count(c.*) from customers c", customers],
  ["select row(c.id, c.age) from customers c", ["customers.age", "customers.id"]],
  ["select ctid, tableoid from customers", ["customers"]],
  [
    "select name from customers join orders using (id)",
    ["customers.id", "customers.name", "orders.id"],
  ],
  [
    "select id from customers natural join regions",
    ["customers.id", "customers.name", "regions.id", "regions.name"],
  ],
  [
    "select j.total from (customers join orders on customers.id = orders.customer_id) as j",
    ["customers.id", "orders.customer_id", "orders.total"],
  ],
  ["select u.id from customers join orders using (id) as u", ["customers.id", "orders.id"]],
  [
    "select c.name, l.m from customers c, lateral (select max(total) as m from orders o where o.customer_id = c.id) l",
    ["customers.id", "customers.name", "orders.customer_id", "orders.total"],
  ],
  [
    "select c.id, g from customers c, generate_series(1, c.age) as g",
    ["customers.age", "customers.id"],
  ],
  [
    "select w from customers c cross join regexp_split_to_table(c.email, '@') as w",
    ["customers.email"],
  ],
  [
    "select k, v from customers c, jsonb_each_text(jsonb_build_object('n', c.name)) as e (k, v)",
    ["customers.name"],
  ],
  ["with r as (select id, email from customers) select id from r", ["customers.id"]],
  ["with r (a, b) as (select id, email from customers) select b from r", ["customers.email"]],
  ["with customers as (select id from orders) select id from customers", ["orders.id"]],
  [
    "with r as (select * from customers), s as (select id, age from r) select age from s",
    ["customers.age"],
  ],
  [
    "with recursive up as (select id, customer_id from orders union all select o.id, o.customer_id from orders o join up on o.id = up.customer_id where o.total > 99) select id from up",
    ["orders.customer_id", "orders.id", "orders.total"],
  ],
  [
    "with recursive n (x) as (select 1 union all select x + 1 from n where x < 3) select c.name from customers c join n on n.x = c.id",
    ["customers.id", "customers.name"],
  ],
  [
    "select name from customers union all select name from regions",
    ["customers.name", "regions.name"],
  ],
  [
    "select n from (select name as n, email from customers union all select name, secret from regions) s",
    ["customers.name", "regions.name"],
  ],
  [
    "select n from (select name as n, email from customers union select name, secret from regions) s",
    ["customers.email", "customers.name", "regions.name", "regions.secret"],
  ],
  [
    "select name, email from customers except select name, secret from regions order by 1",
    ["customers.email", "customers.name", "regions.name", "regions.secret"],
  ],
  ["select column1 from (values (1, 2), (3, 4)) as v", []],
  ["values ((select max(age) from customers))", ["customers.age"]],
  [
    "select case when age > 35 then name else status end from customers",
    ["customers.age", "customers.name", "customers.status"],
  ],
  [
    "select coalesce(name, email)::varchar(10) from customers",
    ["customers.email", "customers.name"],
  ],
  [
    "select id from customers where (name, age) = ('ann', 30)",
    ["customers.age", "customers.id", "customers.name"],
  ],
  [
    "select id from customers limit (select count(*) from orders where status = 'new')",
    ["customers.id", "orders.status"],
  ],
  ["select older from customers", ["customers.age", "customers.older"]],
  ["select card from payments where taken > 0", ["payments.card", "payments.taken"]],
  ["select card from payments_1", ["payments_1.card"]],
  ["select id from customers tablesample bernoulli (100)", ["customers.id"]],
  ["explain select email from customers", ["customers.email"]],
  ["declare c cursor for select email from customers", ["customers.email"]],
  ["copy customers (id, name) to stdout", ["customers.id", "customers.name"]],
  ["copy customers to stdout", customers],
  ["copy (select email from customers) to stdout", ["customers.email"]],
  // Views, down to what is behind them.
  ["select id from active", ["active.id", "customers.id", "customers.status"]],
  ["select mail from active", ["active.mail", "customers.email", "customers.status"]],
  [
    "select total from deep",
    [
      "active.id",
      "customers.id",
      "customers.status",
      "deep.total",
      "orders.customer_id",
      "orders.total",
    ],
  ],
  [
    "select mail from deep where note = 'n1'",
    [
      "active.id",
      "active.mail",
      "customers.email",
      "customers.id",
      "customers.status",
      "deep.mail",
      "deep.note",
      "orders.customer_id",
      "orders.note",
    ],
  ],
  ["select n from counted", ["counted.n", "customers.region_id"]],
  ["select oldest from counted", ["counted.oldest", "customers.age", "customers.region_id"]],
  [
    "select id from either",
    ["customers.id", "customers.name", "either.id", "orders.id", "orders.note"],
  ],
  ["select mail from kept", ["customers.email", "kept.mail"]],
  ["select count(*) from active", ["active", "customers.status"]],
  ["select id from evil.customers", ["evil.customers.id", "regions.id"]],
  ["begin; select name from customers; commit", ["customers.name"]],
];

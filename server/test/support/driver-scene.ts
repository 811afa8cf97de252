/**
 * What a driver meets: a database with one of everything that drivers read of it, and a gateway in front of it where
 * reads run, writes wait, and somebody approves whatever waits.
 */
import type { Page } from "@countersign/sdk/wire/page";
import type { ReviewSummary } from "@countersign/sdk/wire/review";
import { makeFolder, startTestGateway } from "./gateway.ts";
import { startTestPostgres } from "./postgres.ts";
import { asSuperuser } from "./postgres-gateway.ts";

/** Where a driver connects to. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export interface DriverScene {
  readonly direct: Target;
  readonly gateway: Target;
  /** The same through a connection that is called as its database is, which some clients go by. */
  readonly namesake: Target;
  /** All reviews since the last call, however they ended. */
  readonly newReviews: () => Promise<readonly ReviewSummary[]>;
  /** Sets every tally to 0, and empties what is copied to. */
  readonly resetTallies: () => Promise<void>;
  /** What was copied, past the gateway, one row in a line. */
  readonly copied: () => Promise<string>;
  /** How often each update ran, past the gateway. */
  readonly tallies: () => Promise<Readonly<Record<string, number>>>;
  readonly close: () => Promise<void>;
}

export async function openDriverScene(): Promise<DriverScene> {
  const postgres = await startTestPostgres({ shop: false });
  await asSuperuser(postgres, (superuser) =>
    superuser.query(`set role ${postgres.user}; ${driverFixtures}`),
  );
  const { host, port: upstreamPort, user, database } = postgres;
  const password = { env: "SHOP_PASSWORD" };
  const upstream = { host, port: upstreamPort, user, database, password };
  const connections = ["shop", database].map((name) => {
    return { name, kind: "postgres", environment: "test", preview: "none", upstream };
  });
  const folder = await makeFolder(postgres, { config: { connections } });
  const gateway = await startTestGateway(folder, postgres);
  const people = [await gateway.signIn("ada"), await gateway.signIn("bob")];
  const [ada = ""] = people;
  const { token } = (await gateway.call("/agents/bot/token", gateway.operatorToken, {})).body as {
    readonly token: string;
  };
  const stop = new AbortController();
  const approving = approveAll(stop.signal);
  const seen = new Set<string>();
  const port = gateway.status.listeners["postgres"]?.port ?? 0;
  const through = { host: "127.0.0.1", port, user: "bot", password: token };
  return {
    direct: postgres,
    gateway: { ...through, database: "shop" },
    namesake: { ...through, database },
    async newReviews() {
      const { body } = await gateway.call("/reviews?limit=200", ada);
      const fresh = (body as Page<ReviewSummary>).items.filter(({ id }) => !seen.has(id));
      for (const { id } of fresh) seen.add(id);
      return fresh;
    },
    resetTallies: () =>
      asSuperuser(postgres, async (superuser) => {
        await superuser.query("update tallies set n = 0; truncate copied");
      }),
    copied: () =>
      asSuperuser(postgres, async (superuser) => {
        const { rows } = await superuser.query<{ readonly line: string }>(
          "select format('%s %L %s', id, name, at) as line from copied order by id",
        );
        return rows.map(({ line }) => line).join("\n");
      }),
    tallies: () =>
      asSuperuser(postgres, async (superuser) => {
        const { rows } = await superuser.query<{ readonly name: string; readonly n: number }>(
          "select name, n from tallies",
        );
        return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
      }),
    async close() {
      stop.abort();
      await approving;
      await gateway.stop();
      await folder.remove();
      await postgres.stop();
    },
  };

  /** Looks at the inbox whenever the stream of events says something. */
  async function approveAll(signal: AbortSignal): Promise<void> {
    try {
      const headers = { authorization: `Bearer ${ada}` };
      const answer = await fetch(`${gateway.apiUrl}/api/v1/events`, { headers, signal });
      if (answer.body === null) return;
      for await (const _ of answer.body) {
        for (const { id } of await gateway.inbox(ada)) {
          for (const person of people) await gateway.decide(id, person, "approve");
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** One of everything that clients read of a database. */
export const driverFixtures = `
  create type mood as enum ('calm', 'cross');
  create type place as (city text, zip int);
  create domain positive as int check (value > 0);
  create table owners (
    id int generated always as identity primary key,
    name text not null unique,
    mood mood not null default 'calm'
  );
  create table things (
    id serial primary key,
    owner_id int not null references owners (id) on delete cascade,
    name varchar(40) not null default 'thing',
    price numeric(10, 2),
    amount positive,
    tags text[] not null default '{}',
    data jsonb,
    place place,
    seen_at timestamptz,
    day date,
    code uuid,
    raw bytea,
    big bigint,
    ratio double precision,
    is_new boolean not null default true,
    span int4range,
    price_twice numeric generated always as (price * 2) stored,
    constraint price_is_positive check (price > 0)
  );
  create index things_by_name on things (lower(name)) where is_new;
  create index things_by_owner on things (owner_id, seen_at desc);
  comment on table things is 'What owners have';
  comment on column things.price is 'In euro';
  create view cheap_things as select id, name from things where price < 5;
  create materialized view thing_counts as select owner_id, count(*) from things group by 1;
  create table events (at date not null, what text) partition by range (at);
  create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');
  create sequence tickets;
  create function total(owner int) returns numeric language sql stable
    as 'select sum(price) from things where owner_id = owner';
  create function note_change() returns trigger language plpgsql as 'begin return new; end';
  create trigger changes before update on things for each row execute function note_change();
  create table tallies (name text primary key, n int not null);
  create table copied (id int primary key, name text, at date);
  insert into owners (name, mood) values ('ada', 'calm'), ('bob', 'cross');
  insert into things (owner_id, name, price, amount, tags, data, place, seen_at, day, code, raw, big, ratio, span)
    select 1 + n % 2, 'thing ' || n, n + 0.25, n, array['a', 'b ' || n], jsonb_build_object('n', n),
      row('Bern', 3000 + n)::place, timestamptz '2026-01-02 03:04:05.678+00' + n * interval '1 hour',
      date '2026-01-02' + n, ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
      decode(lpad(to_hex(n), 4, '0'), 'hex'), 9007199254740993 + n, n / 8.0, int4range(n, n + 5)
    from generate_series(1, 50) n;
  insert into tallies values ('single', 0), ('transaction', 0), ('batch', 0), ('rolled back', 0)`;

/** What every client that can copies to `copied`: the same rows, however it writes them. */
export const copiedRows = ["1 'one' 2026-01-02", "2 NULL 2026-01-03", "3 'a\ttab' 2026-01-04"].join(
  "\n",
);

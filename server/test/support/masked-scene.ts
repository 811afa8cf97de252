/** A table of people, what can be derived of it, and a gateway whose rules mask some of it. */
import type { TestContext } from "node:test";
import { Client } from "pg";
import { openStage, type Stage } from "#/enforcement/conformance/stage.ts";
import type { TestPostgres } from "./postgres.ts";
import {
  agentToken,
  asSuperuser,
  openMemoryStore,
  type PostgresGateway,
  startPostgresGateway,
} from "./postgres-gateway.ts";
import type { WireClient } from "./wire-client.ts";

/** What no client may see. */
export const planted = ["ada@example.com", "bob@example.com", "4111 1111 1111 1111"] as const;

const people = `
  drop schema if exists crm cascade;
  create schema crm;
  set search_path to crm;
  create table people (
    id int primary key,
    email text unique,
    shout text generated always as (upper(email)) stored,
    note text,
    plan text check (plan <> 'none'),
    born date,
    tags text[],
    doc jsonb
  );
  insert into people (id, email, note, plan, born, tags, doc) values
    (1, 'ada@example.com', 'pays by 4111 1111 1111 1111', 'pro', '1990-02-03', '{vip}', '{"mail": "ada@example.com"}'),
    (2, 'bob@example.com', 'nothing', 'free', '1985-12-24', '{}', '{"age": 41}'),
    (3, null, 'no mail', 'free', null, null, null);
  create view contacts as select id, email as address, plan from people;
  create view loud as select id, reverse(email) as backwards from people;
  create view behind as select address from contacts;
  create view plain as select id, plan from people;
  create table parts (id int, email text) partition by range (id);
  create table parts_low partition of parts for values from (0) to (100);
  insert into parts values (1, 'ada@example.com');
  create table orders (id int, person int references people, total numeric);
  insert into orders values (1, 1, 10.5);
  create function mails() returns setof text language sql stable as 'select email from crm.people';
  create function complain() returns void language plpgsql as
    'begin raise notice ''wrote to %'', (select note from crm.people where id = 1); end';
  create view written as select id, plan, substr(m, 1) as cut, m from people, mails() as m;
  create view told as select query_to_xml('select email from crm.people', true, true, '') as x;
  create view over_told as select x::text as y from told;
  analyze people`;

export const columnRules = `
  @id("masked") @mask("crm.people.email, crm.parts.email") @reason("Reads run, without addresses.")
  permit (principal, action in Countersign::Action::"sql", resource);
  @id("the-rest-waits") @review("1 of dba") @mask("crm.people.email, crm.parts.email") @reason("It waits.")
  permit (principal, action, resource) unless { action in Countersign::Action::"sql" };`;

export const recognizerRules = `
  @id("masked") @mask("email, credit_card") @reason("Reads run, without personal data.")
  permit (principal, action in Countersign::Action::"sql", resource);
  @id("the-rest-waits") @review("1 of dba") @mask("email, credit_card") @reason("It waits.")
  permit (principal, action, resource) unless { action in Countersign::Action::"sql" };`;

export interface MaskedScene {
  readonly stage: Stage;
  readonly gateway: PostgresGateway;
  readonly wire: WireClient;
  readonly client: Client;
  /** Rows of a simple query, one text each. */
  rows(sql: string): Promise<readonly string[]>;
  approveAll(): void;
}

export async function openMaskedScene(
  context: TestContext,
  postgres: TestPostgres,
  rules: string,
  changes: Pick<NonNullable<Parameters<typeof startPostgresGateway>[2]>, "sensitive"> = {},
): Promise<MaskedScene> {
  await asSuperuser(postgres, async (superuser) => {
    await superuser.query(people);
    await superuser.query(`grant usage, create on schema crm to ${postgres.user}`);
    await superuser.query(
      `do $$ declare r record; begin
         for r in select c.oid::regclass as name, c.relkind from pg_class c where c.relnamespace = 'crm'::regnamespace and c.relkind in ('r','p','v')
         loop execute format('alter table %s owner to ${postgres.user}', r.name); end loop; end $$`,
    );
  });
  const stage = openStage(openMemoryStore());
  stage.rule(rules);
  const gateway = await startPostgresGateway(postgres, stage, { preview: "none", ...changes });
  const wire = await gateway.connect();
  const { host, port } = gateway.login;
  const client = new Client({
    host,
    port,
    user: gateway.login.user,
    password: agentToken,
    database: "shop",
  });
  client.on("error", () => {});
  context.after(async () => {
    await client.end().catch(() => undefined);
    await gateway.close();
    await stage.close();
  });
  await client.connect();
  await client.query("set search_path to crm");
  return {
    stage,
    gateway,
    wire,
    client,
    async rows(sql) {
      const { rows } = await client.query({ text: sql, rowMode: "array" });
      return (rows as readonly (readonly unknown[])[]).map((row) => row.map(String).join(","));
    },
    approveAll() {
      void (async () => {
        for (;;) {
          const review = await stage.until(() =>
            [...stage.reviews.values()].find(
              ({ state, caller }) => state === "pending" && caller !== null,
            ),
          );
          await stage.give(review, "ada");
        }
      })();
    },
  };
}

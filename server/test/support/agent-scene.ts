/** One agent's session with a real database behind the gateway, ready for a test to go through. */
import { readFileSync } from "node:fs";
import type { TestContext } from "node:test";
import type { PreviewMode } from "#/core/effect.ts";
import type { Review } from "#/core/review.ts";
import { openStage, type Stage } from "#/enforcement/conformance/stage.ts";
import type { SpoolLimits } from "#/proxies/postgres/copy/spool.ts";
import type { TestPostgres } from "./postgres.ts";
import {
  asSuperuser,
  type GatewayChanges,
  openMemoryStore,
  type PostgresGateway,
  startPostgresGateway,
} from "./postgres-gateway.ts";
import type { WireClient } from "./wire-client.ts";

/** What ships: reads run, writes and what can't be read wait, nothing is dropped. */
export const quickstartRules: string = readFileSync(
  new URL("../../../policies/quickstart/quickstart.cedar", import.meta.url),
  "utf8",
);

/** Reads run, everything else waits, drops too. */
export const readsRun = `
  @id("reads-run") permit (principal, action == Countersign::Action::"sql.read", resource);
  @id("the-rest-waits") @review("1 of dba")
  permit (principal, action, resource) unless { action == Countersign::Action::"sql.read" };`;

/** Reads and writes run; everything else waits; nothing is dropped. */
export const writesRun = `
  @id("reads-and-writes-run") @reason("They run.")
  permit (principal, action in Countersign::Action::"sql", resource);
  @id("the-rest-waits") @review("1 of dba") @reason("It waits.")
  permit (principal, action, resource) unless { action in Countersign::Action::"sql" };
  @id("never-drop") @reason("Nothing is dropped.")
  forbid (principal, action, resource)
  when { context has kinds && context.kinds.containsAny(["drop_table", "truncate"]) };`;

/** Under the rules that ship, and closed when the test ends. */
export async function openQuickstartGateway(
  context: TestContext,
  postgres: TestPostgres,
  changes: GatewayChanges = {},
): Promise<PostgresGateway> {
  const stage = openStage(openMemoryStore());
  stage.rule(quickstartRules);
  const gateway = await startPostgresGateway(postgres, stage, changes);
  context.after(async () => {
    await gateway.close();
    await stage.close();
  });
  return gateway;
}

export interface Scene {
  readonly stage: Stage;
  readonly gateway: PostgresGateway;
  readonly client: WireClient;
  /** The rows of a query past the gateway, as text. */
  rows(sql: string): Promise<readonly string[]>;
  /** The review that waits for a command in which this text occurs. */
  held(text: string): Promise<Review>;
  approve(text: string): Promise<Review>;
  /** From now on everything that waits is approved. */
  approveAll(): void;
  /** The review of such a command, once it is as wanted. */
  review(text: string, isWanted: (review: Review) => boolean): Promise<Review>;
  /** Resolves once a query past the gateway has a row. */
  seen(sql: string): Promise<void>;
}

/** `items` holds 1 a, 2 b, 3 c. */
const fixtures = `
  drop table if exists items cascade;
  create table items (id int primary key, name text);
  insert into items values (1, 'a'), (2, 'b'), (3, 'c')`;

export async function openScene(
  context: TestContext,
  postgres: TestPostgres,
  rules: string = quickstartRules,
  preview: PreviewMode = "none",
  spoolLimits: Partial<SpoolLimits> = {},
  sensitive: readonly string[] = [],
): Promise<Scene> {
  await asSuperuser(postgres, async (superuser) => {
    await superuser.query(fixtures);
    await superuser.query(`alter table items owner to ${postgres.user}`);
  });
  const stage = openStage(openMemoryStore());
  stage.rule(rules);
  const gateway = await startPostgresGateway(postgres, stage, { preview, spoolLimits, sensitive });
  context.after(async () => {
    await gateway.close();
    await stage.close();
  });
  const client = await gateway.connect();
  const review: Scene["review"] = (text, isWanted) =>
    stage.until(() =>
      [...stage.reviews.values()].find(
        (each) => each.action.command.includes(text) && isWanted(each),
      ),
    );
  const held: Scene["held"] = (text) =>
    review(text, ({ state, caller }) => state === "pending" && caller !== null);
  return {
    stage,
    gateway,
    client,
    rows: (sql) =>
      asSuperuser(postgres, async (superuser) => {
        const { rows } = await superuser.query({ text: sql, rowMode: "array" });
        return (rows as readonly (readonly unknown[])[]).map((row) => row.join(","));
      }),
    held,
    approve: async (text) => stage.give(await held(text), "ada"),
    approveAll() {
      void (async () => {
        for (;;) await stage.give(await held(""), "ada");
      })();
    },
    review,
    seen: (sql) =>
      asSuperuser(postgres, async (superuser) => {
        while ((await superuser.query(sql)).rowCount === 0);
      }),
  };
}

/** Views and an operator that write or take the lock off, and where they leave their traces. */
export async function hideWrites(context: TestContext, postgres: TestPostgres): Promise<void> {
  const remove = "drop schema if exists hidden cascade; drop operator if exists === (int, int)";
  const add = `
    create schema hidden;
    grant usage on schema hidden to public;
    create table hidden.traces (at int);
    grant all on hidden.traces to public;
    create function hidden.leave_trace() returns int language sql volatile
      as 'insert into hidden.traces values (1) returning at';
    create function hidden.compare(one int, other int) returns boolean language sql volatile
      as 'select hidden.leave_trace() = 1';
    create operator === (leftarg = int, rightarg = int, procedure = hidden.compare);
    create view hidden.sneaky as select hidden.leave_trace() as at;
    grant select on hidden.sneaky to public;
    create function hidden.unlock() returns text language sql volatile
      as 'select set_config(''default_transaction_read_only'', ''off'', false)';
    create view hidden.unlocking as select hidden.unlock() as at;
    grant select on hidden.unlocking to public`;
  await asSuperuser(postgres, (superuser) => superuser.query(`${remove}; ${add}`));
  context.after(() => asSuperuser(postgres, (superuser) => superuser.query(remove)));
}

/** A gateway under the starter policies and a rule that closes a table, over a database with functions, types and views of all sorts. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before } from "node:test";
import type { QueryResult } from "pg";
import { parseConfig } from "#/config/load.ts";
import { type Gateway, startGateway } from "#/gateway.ts";
import { type Clock, systemClock } from "#/platform/clock.ts";
import { silentLog } from "#/platform/log.ts";
import { encodeBind } from "#/proxies/postgres/wire/encode-frontend.ts";
import { dataDirOf, type Folder, makeFolder } from "./gateway.ts";
import { type AgentClient, createGatewayClient, type GatewayClient } from "./gateway-client.ts";
import { startTestPostgres, type TestPostgres } from "./postgres.ts";
import { asSuperuser } from "./postgres-gateway.ts";

export interface BypassScene {
  /** While the tests of the file run. */
  readonly gateway: GatewayClient;
  /** Who may decide. */
  readonly ada: string;
  asSuperuser(sql: string): Promise<QueryResult>;
  /** What has been written to the table that everything here writes to. */
  audited(): Promise<readonly string[]>;
  withAgent(work: (agent: AgentClient) => Promise<void>): Promise<void>;
  /** The driver has not asked for these answers and would stumble over them. */
  withRawAgent(work: (agent: AgentClient) => Promise<void>): Promise<void>;
}

/** For all tests of a file. What is held waits no longer than that, by the clock. */
export function bypassScene({
  holdMaxMs,
  clock = systemClock,
}: {
  readonly holdMaxMs: number;
  readonly clock?: Clock;
}): BypassScene {
  let postgres: TestPostgres;
  let folder: Folder;
  let running: Gateway;
  let gateway: GatewayClient;
  let ada: string;
  const run = (sql: string) => asSuperuser(postgres, (client) => client.query(sql));

  before(async () => {
    postgres = await startTestPostgres();
    await run(objects);
    const rules = join(import.meta.dirname, "../../../policies/quickstart/quickstart.cedar");
    folder = await makeFolder(postgres, {
      policies: `${await readFile(rules, "utf8")}\n${closed}`,
      config: { limits: { holdMaxMs } },
    });
    const text = await readFile(folder.configFile, "utf8");
    const environment = { SHOP_PASSWORD: postgres.password };
    const config = await parseConfig(text, folder.configFile, environment);
    const fixed = { log: silentLog, demo: null, consoleBuild: null };
    running = await startGateway({ config, clock, ...fixed });
    gateway = await createGatewayClient(dataDirOf(folder));
    ada = await gateway.signIn("ada");
  });
  after(async () => {
    await running.close();
    await folder.remove();
    await postgres.stop();
  });

  return {
    get gateway() {
      return gateway;
    },
    get ada() {
      return ada;
    },
    asSuperuser: run,
    async audited() {
      return (await run("select what from audit")).rows.map(({ what }) => String(what));
    },
    async withAgent(work) {
      const agent = await gateway.connect();
      agent.client.on("notice", () => {});
      try {
        await work(agent);
      } finally {
        await agent.client.end();
      }
    },
    async withRawAgent(work) {
      const agent = await gateway.connect();
      const { connection } = agent.client as unknown as {
        connection: NodeJS.EventEmitter & { stream: { destroy: () => void } };
      };
      connection.removeAllListeners();
      await work(agent).finally(() => connection.stream.destroy());
    },
  };
}

const closed = `@id("payroll-is-closed") @reason("Nobody reads the payroll.")
forbid (principal, action, resource) when { context has reads && context.reads.contains("public.payroll") };`;

const objects = `
    create table audit (what text);
    grant all on audit to public;
    create table payroll (id int, salary text);
    insert into payroll values (1, 'SALARY-999');
    grant select on payroll to public;
    create function log_it() returns int language sql volatile as
      $$ insert into audit values ('log_it') returning 1 $$;
    create function archive(c customers) returns int language sql volatile as
      $$ insert into audit values ('archive') returning 1 $$;
    create function imm() returns int language plpgsql immutable as
      $$ begin insert into audit values ('imm'); return 1; end $$;
    create function checks(int) returns boolean language plpgsql volatile as
      $$ begin insert into audit values ('checks'); return true; end $$;
    create function reverse(int) returns int language sql volatile as
      $$ insert into audit values ('reverse') returning 1 $$;
    create function value(int) returns int language sql volatile as
      $$ insert into audit values ('value') returning 1 $$;
    create domain checked as int check (checks(value));
    create type pair as (a checked);
    create table listed (id int, numbers checked[]);
    create table flat (id int, plain checked);
    grant all on listed, flat to public;
    create function unchecked(checked[]) returns int language sql as 'select 1';
    create view customers_v as select c.*, log_it() as logged from customers as c where id < 3;
    grant select on customers_v to public;
`;

/** The driver's own socket, for messages that it would not send. */
export async function sendRaw(
  { client }: AgentClient,
  ...messages: readonly Buffer[]
): Promise<string> {
  const { stream } = (client as unknown as { connection: { stream: NodeJS.ReadWriteStream } })
    .connection;
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = "";
  const onData = (chunk: Buffer) => {
    text += chunk.toString("latin1");
    // ReadyForQuery is the last message of an answer, and six bytes long.
    if (text.at(-6) === "Z" && text.at(-2) === "\u0005") {
      stream.off("data", onData);
      resolve(text);
    }
  };
  stream.on("data", onData);
  stream.write(Buffer.concat(messages));
  return await promise;
}

export const bindUnnamed = encodeBind({
  portal: "",
  statement: "",
  parameterFormats: [],
  parameters: [],
  resultFormats: [],
});

/** The PostgreSQL proxy, over real sockets and a real database, passes what every protocol has to. */
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type {
  CallerUnderTest,
  GatewayUnderTest,
  Heard,
  ProposalKind,
} from "#/enforcement/conformance/harness.ts";
import type { Stage } from "#/enforcement/conformance/stage.ts";
import { enforcementConformance } from "#/enforcement/conformance.ts";
import type { BackendMessage } from "#/proxies/postgres/wire/backend-messages.ts";
import {
  encodeDescribe,
  encodeExecute,
  encodeQuery,
  syncFrame,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { bind, parse } from "./support/extended-messages.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser, openMemoryStore, startPostgresGateway } from "./support/postgres-gateway.ts";
import { toldBy, type WireClient } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
  await asSuperuser(postgres, async (superuser) => {
    await superuser.query(
      `create table effects (name text); alter table effects owner to ${postgres.user}`,
    );
  });
});
after(() => postgres.stop());

const commands: Readonly<Record<ProposalKind, (name: string) => string>> = {
  read: (name) => `select name from effects where name = '${name}'`,
  write: (name) => `insert into effects (name) values ('${name}')`,
  denied: (name) => `create table ${name} (name text)`,
  wide: (name) => `insert into effects (name) select '${name}' from generate_series(1, 3)`,
  uncounted: (name) =>
    `with one as (insert into effects (name) values ('${name}') returning 1) select 1 from one`,
};

const sendings = {
  simple: (client: WireClient, sql: string) => client.send(encodeQuery(sql)),
  extended: (client: WireClient, sql: string) =>
    client.send(parse(sql), bind(), encodeDescribe("portal", ""), encodeExecute(""), syncFrame),
} as const;

for (const [protocol, sendCommand] of Object.entries(sendings)) {
  enforcementConformance(`postgres, ${protocol} protocol`, {
    verbs: { read: "sql.read", write: "sql.write", denied: "sql.schema" },
    callersMax: 20,
    openStore: openMemoryStore,
    open: (stage) => openPostgres(stage, sendCommand),
  });
}

async function openPostgres(
  stage: Stage,
  sendCommand: (client: WireClient, sql: string) => void,
): Promise<GatewayUnderTest> {
  // What others have left is not this one's.
  await asSuperuser(postgres, (superuser) => superuser.query("delete from effects"));
  const gateway = await startPostgresGateway(postgres, stage);
  const { tap } = gateway;
  const disclosed = new Set<string>();
  let told = 0;
  let columns = 0;
  const namesIn = (sqls: readonly string[]) =>
    sqls.flatMap((sql) => /\b(?:other|[drw]\d+)\b/.exec(sql)?.[0] ?? []);

  const connect = async (): Promise<CallerUnderTest> => {
    let proposing = "";
    let heard: Heard | null = null;
    let turn = Promise.withResolvers<Heard>();
    const onMessage = (message: BackendMessage) => {
      const said = toldBy(message);
      if (message.kind === "notice_response" && said?.code === "pending_review") told += 1;
      if (message.kind === "data_row" || message.kind === "command_complete") {
        disclosed.add(proposing);
      }
      if (message.kind === "error_response") {
        assert(said !== null, `an error that is not the gateway's: ${message.fields.message}`);
        heard = said.code as Heard;
        // A fatal one is the last; to the client that is an answer too.
        if (message.fields.severity === "FATAL") turn.resolve(heard);
      }
      if (message.kind === "ready_for_query") turn.resolve(heard ?? "ran");
      stage.touch();
    };
    const client = await gateway.connect({ onMessage });
    return {
      propose(kind, name) {
        proposing = name;
        heard = null;
        turn = Promise.withResolvers();
        sendCommand(client, commands[kind](name));
        return turn.promise;
      },
      async leave() {
        const ended = gateway.log.filter(({ event }) => event === "session.ended").length;
        client.destroy();
        await gateway.sessionsEnded(ended + 1);
      },
    };
  };
  return {
    connect,
    told: () => told,
    sent: () => namesIn(tap.sent),
    answered: (name) => namesIn(tap.answered).includes(name),
    disclosed: (name) => disclosed.has(name),
    stays: (name) =>
      asSuperuser(postgres, async (superuser) => {
        const sql = "select from effects where name = $1";
        return (await superuser.query(sql, [name])).rowCount ?? 0;
      }),
    async changeMeaning() {
      columns += 1;
      await asSuperuser(postgres, (superuser) =>
        superuser.query(
          `alter table effects add column extra_${columns} text;
           alter table effects drop column extra_${columns}`,
        ),
      );
    },
    failMeaning() {
      tap.cutAt("parse", (sql) => sql.includes("string_agg"));
    },
    loseAt(name) {
      tap.cutAt("run", (sql) => sql.includes(name));
    },
    close: () => gateway.close(),
  };
}

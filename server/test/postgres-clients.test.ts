/**
 * What clients ask to look around, against PostgreSQL's real catalogue and the rules that ship: a review of such a
 * read would be an outage of its client.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import {
  type ClientStatement,
  clientStatements,
} from "#/proxies/postgres/sql/client-statements.test-support.ts";
import type { BackendMessage } from "#/proxies/postgres/wire/codec-backend.ts";
import {
  encodeBind,
  encodeExecute,
  encodeParse,
  encodeQuery,
  syncFrame,
} from "#/proxies/postgres/wire/codec-frontend.ts";
import { openScene } from "./support/agent-scene.ts";
import { driverFixtures } from "./support/driver-scene.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { connectWire, isReady, type WireClient } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
  await asSuperuser(postgres, (superuser) =>
    superuser.query(`set role ${postgres.user}; ${driverFixtures}`),
  );
});
after(() => postgres.stop());

const byClient = Map.groupBy(clientStatements, ({ client }) => client);

/** What the database itself answers, asked once. */
const expected = new Map<string, Promise<readonly Answers[]>>();

for (const set of ["quickstart", "production"]) {
  test(`no client's look around opens a review under the ${set} policies, and each gets the database's answer`, async (context) => {
    const rules = readFileSync(
      new URL(`../../policies/${set}/${set}.cedar`, import.meta.url),
      "utf8",
    );
    const scene = await openScene(context, postgres, rules);
    const opened = scene.stage.until(() => [...scene.stage.reviews.values()].at(0));
    for (const [client, statements] of byClient) {
      if (!expected.has(client)) expected.set(client, askDirectly(statements));
      const answers = (await expected.get(client)) ?? [];
      const gateway = await scene.gateway.connect();
      for (const [index, statement] of statements.entries()) {
        const answer = await Promise.race([answerOf(gateway, statement), opened]);
        assert.deepEqual(answer, answers[index], `${client}: ${statement.sql}`);
      }
      gateway.destroy();
    }
  });
}

type Answers = readonly (string | undefined)[];

async function askDirectly(statements: readonly ClientStatement[]): Promise<readonly Answers[]> {
  const { host, port, user, password, database } = postgres;
  const direct = await connectWire({ host, port, user, password, database });
  const answers: Answers[] = [];
  for (const statement of statements) answers.push(await answerOf(direct, statement));
  direct.destroy();
  return answers;
}

/** Which messages come back, and why what failed has failed. Within the client's own transaction, where it has one. */
async function answerOf(client: WireClient, { sql }: ClientStatement): Promise<Answers> {
  const parameters = parametersOf(sql);
  client.send(...(parameters === 0 ? [encodeQuery(sql)] : bound(sql, parameters)));
  const messages: BackendMessage[] = [...(await client.until(isReady))];
  const last = messages.at(-1);
  if (last?.kind === "ready_for_query" && last.status === "failed") await client.query("rollback");
  return messages
    .filter(({ kind }) => !untold.includes(kind))
    .map((message) => {
      if (message.kind === "error_response") return message.fields.code;
      if (message.kind === "command_complete") return message.tag.replace(/\d+$/, "");
      if (message.kind === "ready_for_query") return message.status;
      return message.kind;
    });
}

/** Rows, and what the gateway keeps to itself of its lock. */
const untold: readonly BackendMessage["kind"][] = [
  "copy_data",
  "data_row",
  "notice_response",
  "parameter_status",
];

/** Those in what PREPARE prepares are not the message's own. */
function parametersOf(sql: string): number {
  if (/^\s*prepare\b/i.test(sql)) return 0;
  return Math.max(0, ...Array.from(sql.matchAll(/\$(\d+)/g), ([, number]) => Number(number)));
}

/** With NULL for every value. */
function bound(sql: string, parameters: number): readonly Buffer[] {
  return [
    encodeParse({ name: "", sql, parameterTypes: [] }),
    encodeBind({
      portal: "",
      statement: "",
      parameterFormats: [],
      parameters: Array.from({ length: parameters }, () => null),
      resultFormats: [],
    }),
    encodeExecute(""),
    syncFrame,
  ];
}

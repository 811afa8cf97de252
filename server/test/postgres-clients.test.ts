/**
 * What clients ask to look around, against PostgreSQL's real catalogue and the rules that ship: a review of such a
 * read would be an outage of its client.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import type { RecordDraft } from "#/core/record.ts";
import {
  type ClientStatement,
  clientStatements,
} from "#/proxies/postgres/sql/client-statements.test-support.ts";
import type { BackendMessage } from "#/proxies/postgres/wire/backend-messages.ts";
import {
  encodeBind,
  encodeExecute,
  encodeQuery,
  syncFrame,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { openScene, type Scene } from "./support/agent-scene.ts";
import { driverFixtures } from "./support/driver-scene.ts";
import { parse } from "./support/extended-messages.ts";
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

/** Under either set, and in either place: where a read begins its own transaction, and in one of the client's. */
const places = { quickstart: "by itself", production: "within a transaction" } as const;

for (const [group, all] of Map.groupBy(clientStatements, (statement) => statement.group)) {
  for (const [set, place] of Object.entries(places)) {
    test(`a look around by the clients of ${group}.json opens no review under the ${set} policies, ${place}, and is answered as the database answers, unmasked`, async (context) => {
      const rules = new URL(`../../policies/${set}/${set}.cedar`, import.meta.url);
      const scene = await openScene(context, postgres, readFileSync(rules, "utf8"), "none", {}, [
        // As the sample marks its own: what could ask by such a column would be held.
        "public.items.name",
      ]);
      const opened = scene.stage.until(() => [...scene.stage.reviews.values()].at(0));
      const { host, port, user, password, database } = postgres;
      for (const [client, statements] of Map.groupBy(all, (statement) => statement.client)) {
        const direct = await connectWire({ host, port, user, password, database });
        const gateway = await scene.gateway.connect();
        for (const statement of statements) {
          const expected = await answerOf(direct, statement, place);
          const answer = await Promise.race([answerOf(gateway, statement, place), opened]);
          assert.deepEqual(answer, expected, `${client}: ${statement.sql}`);
        }
        await gateway.query("select");
        direct.destroy();
        gateway.destroy();
      }
      assert.deepEqual(await maskedBy(scene), []);
    });
  }
}

/** Records of answers of which something was masked, up to the one before the last of each session. */
async function maskedBy({ stage }: Scene): Promise<readonly RecordDraft[]> {
  await stage.deps.recorder.close();
  return stage.records.filter(({ body }) => body["masked"] !== undefined);
}

/** Which messages come back, and why what failed has failed. */
async function answerOf(
  client: WireClient,
  { sql }: ClientStatement,
  place: string,
): Promise<readonly (string | undefined)[]> {
  if (place === "within a transaction") await client.query("begin");
  const parameters = parametersOf(sql);
  client.send(...(parameters === 0 ? [encodeQuery(sql)] : bound(sql, parameters)));
  const messages: BackendMessage[] = [...(await client.until(isReady))];
  const last = messages.at(-1);
  if (last?.kind === "ready_for_query" && last.status !== "idle") await client.query("rollback");
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
    parse(sql),
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

/** What a server says without being asked: notifications, notices and settings, while nothing runs, waits or loads. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { BackendMessage } from "#/proxies/postgres/wire/backend-messages.ts";
import {
  copyDoneFrame,
  encodeCopyData,
  encodeQuery,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { openScene, writesRun } from "./support/agent-scene.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { inShort, isReady } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

const isNotification = ({ kind }: BackendMessage) => kind === "notification_response";

/** Their payloads, and everything else in short. */
const said = (messages: readonly BackendMessage[]) =>
  messages.map((message) =>
    message.kind === "notification_response"
      ? `${message.channel} ${message.payload}`
      : (inShort([message])[0] ?? ""),
  );

const notify = (...payloads: readonly string[]) =>
  asSuperuser(postgres, async (superuser) => {
    for (const payload of payloads) {
      await superuser.query("select pg_notify('news', $1)", [payload]);
    }
  });

test("a client that does nothing hears notifications as they come, in their order", async (context) => {
  const { client } = await openScene(context, postgres);
  await client.query("listen news");
  await notify("one", "two");
  const heard = [...(await client.until(isNotification)), ...(await client.until(isNotification))];
  assert.deepEqual(said(heard), ["news one", "news two"]);
});

test("a client whose statement waits for people hears notifications meanwhile, and its answer after them", async (context) => {
  const { client, held, stage } = await openScene(context, postgres);
  await client.query("listen news");
  client.send(encodeQuery("delete from items where id = 1"));
  const review = await held("delete from items");
  await notify("meanwhile");
  assert.deepEqual(said(await client.until(isNotification)), ["notice 00000", "news meanwhile"]);
  await stage.give(review, "ada");
  assert.deepEqual(said(await client.until(isReady)), ["tag DELETE 1", "ready idle"]);
});

test("a client whose COPY waits for people hears notifications meanwhile, and its answer after them", async (context) => {
  const { client, held, stage } = await openScene(context, postgres);
  await client.query("listen news");
  client.send(encodeQuery("copy items from stdin"));
  await client.until(({ kind }) => kind === "copy_in_response");
  await notify("before its data");
  assert.deepEqual(said(await client.until(isNotification)), ["news before its data"]);
  client.send(encodeCopyData(Buffer.from("4\td\n")), copyDoneFrame);
  const review = await held("copy items");
  await notify("behind it");
  assert.deepEqual(said(await client.until(isNotification)), ["notice 00000", "news behind it"]);
  await stage.give(review, "ada");
  assert.deepEqual(said(await client.until(isReady)), ["tag COPY 1", "ready idle"]);
});

test("a client's own notification comes where the server puts it: behind the completion", async (context) => {
  const { client } = await openScene(context, postgres, writesRun);
  await client.query("listen news");
  assert.deepEqual(said(await client.query("notify news, 'mine'")), [
    "tag NOTIFY",
    "news mine",
    "ready idle",
  ]);
});

test("notices of a statement that waited come in its course", async (context) => {
  await asSuperuser(postgres, (superuser) =>
    superuser.query(`
      create or replace function loud() returns trigger language plpgsql as
        $$ begin raise notice 'row %', old.id; return old; end $$`),
  );
  const { client, approveAll } = await openScene(context, postgres);
  approveAll();
  await asSuperuser(postgres, (superuser) =>
    superuser.query(
      "create trigger loud before delete on items for each row execute function loud()",
    ),
  );
  const messages = await client.query("delete from items where id < 3 returning id");
  const words = messages.map((message) =>
    message.kind === "notice_response" ? (message.fields.message ?? "") : inShort([message])[0],
  );
  // The first is the gateway's own; what is returned comes behind what was said while it ran.
  assert.deepEqual(
    words.slice(1).filter((each) => each?.startsWith("row") === true),
    ["row 1", "row 2", "row_description", "row 1", "row 2"],
  );
  assert.deepEqual(words.slice(-2), ["tag DELETE 2", "ready idle"]);
});

test("a setting that changes while a statement waits is told with its answer", async (context) => {
  const { client, held, stage } = await openScene(context, postgres);
  const reload = (sql: string) =>
    asSuperuser(postgres, async (superuser) => {
      await superuser.query(sql);
      await superuser.query("select pg_reload_conf()");
    });
  client.send(encodeQuery("delete from items where id = 1"));
  const review = await held("delete from items");
  await reload("alter system set scram_iterations = 5000");
  context.after(() => reload("alter system reset scram_iterations"));
  await stage.give(review, "ada");
  const answer = await client.until(isReady);
  assert.deepEqual(statusesOf(answer), ["scram_iterations 5000"]);
  assert.deepEqual(said(answer).slice(-2), ["tag DELETE 1", "ready idle"]);
});

function statusesOf(messages: readonly BackendMessage[]): readonly string[] {
  return messages.flatMap((message) =>
    message.kind === "parameter_status" ? [`${message.name} ${message.value}`] : [],
  );
}

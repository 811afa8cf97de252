/** Answers and data that no memory would hold pass through the gateway all the same. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  copyDoneFrame,
  encodeCopyData,
  encodeQuery,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { type BigClient, forgetPeak, openBigClient, peakBytes } from "./support/big-client.ts";
import { type Folder, makeFolder, startTestGateway, type TestGateway } from "./support/gateway.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";

const mebibyte = 1024 * 1024;
const answerBytes = 192 * mebibyte;
/** What is kept whole needs all of it; what is let go of at once, Node collects after some 100 MiB on a busy machine. */
const neededMax = 0.75 * answerBytes;

/** Everything runs at once, some of it under a limit of rows. */
const policies = `
  @id("runs") @reason("It runs.")
  permit (principal, action in Countersign::Action::"sql", resource);
  @id("limited") @max_rows("1000") @reason("A limited read.")
  permit (principal, action == Countersign::Action::"sql.read", resource)
  when { context.reads.contains("public.limited") };
  @id("loads-wait") @review("1 of dba") @reason("It waits.")
  permit (principal, action, resource) when { context has writes && context.writes.contains("public.waiting") };`;

let postgres: TestPostgres;
let folder: Folder;
let gateway: TestGateway;
let client: BigClient;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
  await asSuperuser(postgres, (superuser) =>
    superuser.query(`
      set role ${postgres.user};
      create table streamed (line text);
      create table waiting (line text);
      create table limited (n int);
      insert into limited select generate_series(1, ${answerBytes / mebibyte})`),
  );
  folder = await makeFolder(postgres, { policies, preview: "none" });
  gateway = await startTestGateway(folder, postgres);
  const { token } = (await gateway.call("/agents/bot/token", gateway.operatorToken, {})).body as {
    readonly token: string;
  };
  const port = gateway.status.listeners["postgres"]?.port ?? 0;
  const login = { host: "127.0.0.1", port, user: "bot", password: token, database: "shop" };
  client = await openBigClient(login);
  // Node collects what it has read lazily at first, whatever that is: several hundred megabytes, once.
  await client.answer(encodeQuery(`select repeat('x', ${mebibyte}) from generate_series(1, 250)`));
});
after(async () => {
  client.close();
  await gateway.stop();
  await folder.remove();
  await postgres.stop();
});

/** The gateway's process comes to need no more than that on top. */
async function needsLittle(run: () => Promise<void>): Promise<void> {
  const { pid } = gateway.status;
  await forgetPeak(pid);
  const start = await peakBytes(pid);
  await run();
  const peak = await peakBytes(pid);
  if (start === null || peak === null) return;
  const needed = peak - start;
  assert.ok(needed < neededMax, `${Math.round(needed / mebibyte)} MiB were needed`);
}

const rows = answerBytes / mebibyte;
const many = `select repeat('x', ${mebibyte}) from generate_series(1, ${rows})`;
/** The last of the statements has the large answer. */
const answers: Readonly<Record<string, readonly string[]>> = {
  "a result": [many],
  "a single row": [`select repeat('x', ${answerBytes})`],
  "COPY TO STDOUT": [`copy (${many}) to stdout`],
  "a cursor's answer": ["begin", `declare c cursor for ${many}`, "fetch all from c"],
  "a result under a limit of rows": ["rollback", `select repeat('x', ${mebibyte}) from limited`],
};
for (const [name, statements] of Object.entries(answers)) {
  test(`${name} of any size passes in bounded memory`, () =>
    needsLittle(async () => {
      let bytes = 0;
      for (const sql of statements) bytes = await client.answer(encodeQuery(sql));
      assert.ok(bytes >= answerBytes, `${bytes} bytes came`);
    }));
}

const line = encodeCopyData(Buffer.concat([Buffer.alloc(mebibyte - 1, "x"), Buffer.from("\n")]));

function* lines(count: number): Generator<Uint8Array> {
  for (let at = 0; at < count; at += 1) yield line;
  yield copyDoneFrame;
}

async function countOf(table: string): Promise<number> {
  return asSuperuser(postgres, async (superuser) => {
    const { rows: found } = await superuser.query<{ readonly n: string }>(
      `select count(*) as n from ${table} where length(line) = ${mebibyte - 1}`,
    );
    return Number(found[0]?.n);
  });
}

test("the data of a COPY that is allowed passes in bounded memory", async () => {
  await needsLittle(async () => {
    await client.load(encodeQuery("copy streamed from stdin"), lines(rows));
  });
  assert.equal(await countOf("streamed"), rows);
});

test("the data of a COPY that waits for people is kept in bounded memory", async () => {
  await needsLittle(async () => {
    const ada = await gateway.signIn("ada");
    await client.load(encodeQuery("copy waiting from stdin"), lines(rows), async () => {
      let [review] = await gateway.inbox(ada);
      while (review === undefined) [review] = await gateway.inbox(ada);
      await gateway.decide(review.id, ada, "approve");
    });
  });
  assert.equal(await countOf("waiting"), rows);
});

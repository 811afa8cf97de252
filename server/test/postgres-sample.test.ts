/** Some of the rows that a measured statement would touch, masked: against a real database. */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { Client } from "pg";
import type { Review } from "#/core/review.ts";
import type { Sample, SampleRow } from "#/core/sample.ts";
import { openStage } from "#/enforcement/conformance/stage.ts";
import { openScene, type Scene } from "./support/agent-scene.ts";
import { testPostgresMajor } from "./support/other-postgres.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import {
  agentToken,
  asSuperuser,
  openMemoryStore,
  startPostgresGateway,
} from "./support/postgres-gateway.ts";

/** A server before that returns no row as it was and as it is. */
const from18 = (await testPostgresMajor()) < 18 ? test.skip : test;

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

const writesWait = `
  @id("reads-run") @reason("Reads run.")
  permit (principal, action == Countersign::Action::"sql.read", resource);
  @id("the-rest-waits") @review("1 of dba") @reason("It waits.")
  permit (principal, action, resource) unless { action == Countersign::Action::"sql.read" };`;

const marks = ["public.people.salary", "*.*.iban", "Public.*.Grade"];

const setup = `
  create type mood as enum ('calm', 'cross');
  create table people (
    id int primary key, name text, note text, salary int, iban text, mood mood,
    shout text generated always as (upper(note)) stored,
    pay text generated always as (left('x', salary)) stored
  );
  insert into people values
    (1, 'Ada Lovelace', 'first', 50123, 'DE89370400440532013000', 'calm'),
    (2, 'Bob Smith', 'write to bob@example.com', 60123, 'GB82WEST12345698765432', 'cross'),
    (3, 'Cleo Jones', null, 70123, null, null);`;

async function open(context: TestContext, more = "select 1") {
  const scene = await openScene(context, postgres, writesWait, "measured", {}, marks);
  await asSuperuser(postgres, async (superuser) => {
    await superuser.query(
      "drop table if exists people, parts, log cascade; drop type if exists mood",
    );
    await superuser.query(`set role ${postgres.user}`);
    await superuser.query(setup);
    await superuser.query(more);
  });
  const { host, port, user, database } = scene.gateway.login;
  const client = new Client({ host, port, user, database, password: agentToken });
  client.on("error", () => {});
  await client.connect();
  context.after(async () => {
    await client.end().catch(() => {});
  });
  return { scene, client };
}

/** What its review says once it was measured; it is denied then. */
async function measure(
  { scene, client }: { readonly scene: Scene; readonly client: Client },
  sql: string,
  values: readonly unknown[] = [],
): Promise<{
  readonly review: Review;
  readonly sample: Sample | null;
  readonly rows: number | null;
}> {
  const waits = client.query({ text: sql, values: [...values] }).catch((error: unknown) => error);
  const review = await scene.stage.until(() =>
    [...scene.stage.reviews.values()].find(
      ({ action, effect, state }) =>
        state === "pending" &&
        action.command === sql &&
        effect !== null &&
        effect.basis !== "estimated",
    ),
  );
  assert.equal(review.effect?.basis, "measured", review.effect?.reason ?? "");
  await scene.stage.give(review, "ada", "deny");
  await waits;
  return { review, sample: review.effect.sample, rows: review.effect.rows };
}

/** `name: before → after` of each column, a row in a line. */
function lines(sample: Sample | null): readonly string[] {
  return (sample?.rows ?? []).map((row) =>
    (sample?.columns ?? [])
      .map(({ name }, at) => `${name}: ${side(row, "before", at)}${side(row, "after", at)}`)
      .join(" | "),
  );
}

function side(row: SampleRow, which: "before" | "after", at: number): string {
  const values = row[which];
  if (values === null) return "";
  const arrow = which === "after" && row.before !== null ? " → " : "";
  const value = values[at];
  if (arrow !== "" && !row.changed.includes(at)) return "";
  return `${arrow}${value?.text ?? "NULL"}${value?.isCut ? "…" : ""}`;
}

from18(
  "of an UPDATE the key and what it assigns are shown, before and after, and rows that change first",
  async (context) => {
    const it = await open(context);
    const { sample, rows } = await measure(it, "update people set note = 'first', mood = 'calm'");
    assert.equal(rows, 3);
    assert.equal(sample?.relation, "public.people");
    assert.deepEqual(lines(sample), [
      "id: 2 | note: write to <EMAIL> → first | mood: cross → calm | shout: WRITE TO <EMAIL> → FIRST",
      "id: 3 | note: NULL → first | mood: NULL → calm | shout: NULL → FIRST",
      "id: 1 | note: first | mood: calm | shout: FIRST",
    ]);
  },
);

from18(
  "what a mark covers is not shown of a table whose name has dots, nor where the mark is written in capitals",
  async (context) => {
    const it = await open(
      context,
      `drop table if exists "my.people"; create table "my.people" (id int primary key, grade text);
     insert into "my.people" values (1, 'outstanding')`,
    );
    const { sample } = await measure(it, `delete from "my.people" where id = 1`);
    assert.deepEqual(lines(sample), ["id: 1 | grade: <SENSITIVE>"]);
    const copied = await measure(
      it,
      `update people set note = p.grade from "my.people" as p where people.id = 1 and p.id = 1`,
    );
    assert.deepEqual(copied.sample?.rows.length, 1);
    assert.doesNotMatch(JSON.stringify(copied.sample), /outstanding/i);
  },
);

test("of a DELETE the rows that would go are shown, of an INSERT those that would come; none stays or goes", async (context) => {
  const it = await open(context);
  const gone = await measure(it, "delete from people where id < $1 -- all but one", [3]);
  assert.deepEqual(lines(gone.sample), [
    "id: 1 | name: <PERSON> | note: first | salary: <SENSITIVE> | iban: <SENSITIVE> | mood: calm | shout: FIRST | pay: <DERIVED>",
    "id: 2 | name: <PERSON> | note: write to <EMAIL> | salary: <SENSITIVE> | iban: <SENSITIVE> | mood: cross | shout: WRITE TO <EMAIL> | pay: <DERIVED>",
  ]);
  assert.ok(gone.sample?.rows.every(({ after: is }) => is === null));
  const come = await measure(
    it,
    "insert into people (id, name, note, salary) values (7, 'Dana', 'call +44 20 7946 0123', 9) returning id",
  );
  assert.deepEqual(lines(come.sample), [
    "id: 7 | name: <PERSON> | note: call <PHONE_NUMBER> | salary: <SENSITIVE> | shout: CALL <PHONE_NUMBER> | pay: <DERIVED> | iban: NULL | mood: NULL",
  ]);
  assert.ok(come.sample?.rows.every(({ before: was }) => was === null));
  assert.deepEqual(await it.scene.rows("select count(*), sum(salary) from people"), ["3,180369"]);
});

from18("an upsert and a MERGE show which of their rows come, change and go", async (context) => {
  const it = await open(context);
  const upsert = await measure(
    it,
    "insert into people as p (id, note) values (1, 'new'), (8, 'new') on conflict (id) do update set note = excluded.note where p.id = 1",
  );
  assert.equal(upsert.rows, 2);
  assert.deepEqual(
    upsert.sample?.rows.map(({ before: was, after: is }) => [was?.[1]?.text, is?.[1]?.text]),
    [
      ["first", "new"],
      [undefined, "new"],
    ],
  );
  const merge = await measure(
    it,
    `merge into people as p using (values (1), (2), (9)) as v (id) on p.id = v.id
     when matched and p.id = 1 then delete
     when matched then update set note = 'seen'
     when not matched then insert (id, note) values (v.id, 'made')`,
  );
  assert.equal(merge.rows, 3);
  assert.deepEqual(
    merge.sample?.rows.map(({ before: was, after: is }) => [was?.[1]?.text, is?.[1]?.text]),
    [
      ["first", undefined],
      ["write to <EMAIL>", "seen"],
      [undefined, "made"],
    ],
  );
});

const copies = [
  "update people set note = salary::text",
  "update people set note = 'is ' || (select p.salary from people as p where p.id = people.id)",
  "update people set note = name",
  "update people set note = q.a::text from (select id, salary as a from people) as q where q.id = people.id",
  "with x (id, a) as (select id, salary from people) update people set note = x.a::text from x where x.id = people.id",
  "update people set note = people::text",
  "update people set (id, note) = (select p.* from (select id, salary::text from people) as p where p.id = people.id)",
  "insert into people (id, note) select id + 10, salary::text from people",
  "insert into people (id, note) select id + 10, to_json(people) ->> 'salary' from people",
  "insert into people (id) values (1) on conflict (id) do update set note = people.salary::text",
  "merge into people as p using people as q on p.id = q.id when matched then update set note = q.salary::text",
];

for (const sql of copies) {
  const alone = sql.includes("select id + 10") ? test : from18;
  alone(`a value that is not shown is not shown elsewhere either: ${sql}`, async (context) => {
    const it = await open(context);
    const { review, sample } = await measure(it, sql);
    assert.ok((sample?.rows.length ?? 0) > 0);
    assert.match(lines(sample).join("\n"), /<DERIVED>/);
    const { effect } = review;
    assert.doesNotMatch(JSON.stringify(effect), /50123|60123|70123|Lovelace|Smith/);
  });
}

from18("where what is hidden only chooses the rows, what they become is shown", async (context) => {
  const it = await open(context);
  const { sample } = await measure(
    it,
    "update people set note = 'x' where salary > 60000 and id = 2",
  );
  assert.match(lines(sample)[0] ?? "", /note: write to <EMAIL> → x/);
});

from18("rows of partitions are found, also one that moves", async (context) => {
  const it = await open(
    context,
    `create table parts (region text, n int, extra text) partition by list (region);
     create table parts_a partition of parts for values in ('a');
     create table parts_b (n int, gone int, region text, extra text);
     alter table parts_b drop column gone;
     alter table parts attach partition parts_b for values in ('b');
     insert into parts values ('a', 1, 'x'), ('b', 2, 'y');
     revoke all on parts_a, parts_b from public`,
  );
  const { sample } = await measure(it, "update parts set region = 'b'");
  assert.deepEqual(lines(sample), ["region: a → b", "region: b"]);
  const gone = await measure(it, "delete from parts where n = 2");
  assert.deepEqual(lines(gone.sample), ["region: b | n: 2 | extra: y"]);
});

test("bytes, search vectors, documents with secrets and values too large show no more than they may", async (context) => {
  const hostile = "\u202Egnp.exe\u001b[31m\u0007<EMAIL>";
  const it = await open(
    context,
    `create table log (id int primary key, raw bytea, words tsvector, doc jsonb, long text, card float8, raws bytea[], bits bit(3));
     insert into log values (1, '\\x00ff1b', to_tsvector('secret ada@example.com'), '{"email": "ada@example.com", "n": [1, "4111 1111 1111 1111"]}', repeat('ada@example.com ', 100), 4111111111111111, array['\\x01'::bytea], '101');
     insert into log (id, long, doc) values (2, repeat('x', 1000000), ('[' || repeat('1e100000,', 200) || '1]')::jsonb);
     insert into log (id, long) values (3, e'${hostile.replaceAll("\u001b", "\\x1b").replaceAll("\u0007", "\\x07")}')`,
  );
  const { review, sample, rows } = await measure(it, "delete from log");
  assert.equal(rows, 3);
  const text = JSON.stringify(review.effect);
  assert.doesNotMatch(text, /ada@|4111|00ff1b|secret/);
  assert.ok(text.length < 20_000);
  const at = (row: number, name: string) =>
    sample?.rows[row]?.before?.[sample.columns.findIndex((column) => column.name === name)];
  assert.equal(at(0, "raw")?.text, "<bytea, 3 bytes>");
  assert.match(at(0, "words")?.text ?? "", /^<tsvector, \d+ bytes>$/);
  assert.match(at(0, "bits")?.text ?? "", /^<bit\(3\), \d+ bytes>$/);
  assert.match(at(0, "raws")?.text ?? "", /^<bytea\[\], \d+ bytes>$/);
  assert.equal(at(0, "doc")?.text, '{"n": [1, "<CREDIT_CARD>"], "email": "<EMAIL>"}');
  assert.equal(at(0, "card")?.text, "<CREDIT_CARD>");
  assert.equal(at(0, "long")?.isCut, true);
  assert.equal(at(1, "long")?.text, "<text, 1,000,000 bytes>");
  assert.match(at(1, "doc")?.text ?? "", /^<jsonb, [\d,]+ bytes>$/);
  // Shown as it is: whoever shows it makes it visible.
  assert.deepEqual(at(2, "long"), { text: hostile, isMasked: false, isCut: false });
});

test("no more rows, columns and characters are kept than may be, whatever the statement touches", async (context) => {
  const columns = Array.from(
    { length: 60 },
    (_, index) => `c${index} text default repeat('w ', 900)`,
  );
  const it = await open(
    context,
    `create table log (id int primary key, ${columns.join(", ")}); insert into log select from generate_series(1, 0)`,
  );
  const { sample, rows } = await measure(
    it,
    "insert into log (id) select n from generate_series(1, 300) as n returning *",
  );
  assert.equal(rows, 300);
  assert.equal(sample?.rows.length, 5);
  assert.deepEqual([sample.columns.length, sample.columnsMore], [12, 49]);
  assert.ok(JSON.stringify(sample).length < 24_000);
  assert.deepEqual(await it.scene.rows("select count(*) from log"), ["0"]);
});

from18(
  "without the right to read the table, and where old and new are somebody's names, there is a count alone",
  async (context) => {
    const it = await open(
      context,
      `create table log (id int, "old" text); insert into log values (1, 'x')`,
    );
    const named = await measure(it, "delete from log as old");
    assert.deepEqual([named.rows, named.sample], [1, null]);
    const column = await measure(it, "delete from log");
    assert.deepEqual(lines(column.sample), ["id: 1 | old: x"]);
    await asSuperuser(postgres, (superuser) =>
      superuser.query(
        `alter table log owner to current_user; grant insert, delete on log to ${postgres.user}; grant select (id) on log to ${postgres.user}`,
      ),
    );
    const unread = await measure(it, "delete from log where id = 1");
    assert.deepEqual([unread.rows, unread.sample], [1, null]);
  },
);

from18(
  "what runs is what was judged with system columns returned besides, and what is approved runs without them",
  async (context) => {
    const { scene, client } = await open(context);
    const sql = "update people set note = 'z' where id = 1";
    const done = client.query(sql);
    const review = await scene.review(sql, ({ effect }) => effect?.basis === "measured");
    const runs = () => scene.gateway.tap.sent.filter((sent) => sent.startsWith(sql));
    assert.deepEqual(runs(), [`${sql}\nreturning old.tableoid, old.ctid, new.tableoid, new.ctid`]);
    await scene.stage.give(review, "ada");
    assert.equal((await done).rowCount, 1);
    assert.equal(runs().at(-1), sql);
  },
);

from18("a sample is in no record, log line or notice", async (context) => {
  const { scene, client } = await open(context);
  const notices: string[] = [];
  client.on("notice", (notice) => notices.push(JSON.stringify(notice)));
  const sql = "update people set note = 'z' where note = 'first'";
  const waits = client.query(sql).catch((error: unknown) => error);
  const review = await scene.review(sql, ({ effect }) => effect?.basis === "measured");
  assert.match(JSON.stringify(review.effect?.sample), /"first"/);
  const plain = (records: readonly unknown[]) => JSON.stringify(records).replaceAll(sql, "");
  assert.doesNotMatch(plain(scene.stage.records.map(({ payload: _, ...leaf }) => leaf)), /first/);
  assert.doesNotMatch(plain(scene.gateway.log), /first/);
  assert.doesNotMatch(plain(notices), /first/);
  const noted = scene.stage.records.find(({ type }) => type === "review.effect_noted");
  assert.equal(noted?.payload, null);
  await scene.stage.give(review, "ada", "deny");
  await waits;
});

test("where a connection shows no rows, none is asked for, and the count is there", async (context) => {
  const stage = openStage(openMemoryStore());
  stage.rule(writesWait);
  const gateway = await startPostgresGateway(postgres, stage, {
    preview: "measured",
    sample: "none",
  });
  context.after(async () => {
    await gateway.close();
    await stage.close();
  });
  await asSuperuser(postgres, (superuser) =>
    superuser.query(
      `drop table if exists log; create table log (id int); insert into log values (1); alter table log owner to ${postgres.user}`,
    ),
  );
  const { host, port, user, database } = gateway.login;
  const client = new Client({ host, port, user, database, password: agentToken });
  client.on("error", () => {});
  await client.connect();
  context.after(() => client.end().catch(() => {}));
  const waits = client.query("delete from log").catch((error: unknown) => error);
  const review = await stage.until(() =>
    [...stage.reviews.values()].find(({ effect }) => effect?.basis === "measured"),
  );
  assert.deepEqual([review.effect?.rows, review.effect?.sample], [1, null]);
  assert.ok(!gateway.tap.sent.some((sql) => sql.includes("ctid")));
  await stage.give(review, "ada", "deny");
  await waits;
});

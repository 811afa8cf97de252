/** Functions of well-known extensions: a read where they are those extensions' own code, held where they may be somebody else's. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { confirmedAgeMaxMs } from "#/proxies/postgres/catalogue/shared-catalogue.ts";
import {
  extensionFunctionNames,
  extensionFunctions,
} from "#/proxies/postgres/sql/extension-functions.ts";
import { bypassScene } from "./support/bypass-scene.ts";
import { movedClock } from "./support/moved-clock.ts";

const clock = movedClock();
const scene = bypassScene({ holdMaxMs: 1000, clock });

const extensions = [
  "cube",
  "fuzzystrmatch",
  "hstore",
  "intarray",
  "ltree",
  "pg_trgm",
  "pgcrypto",
  "unaccent",
  "uuid-ossp",
];

const reads = [
  "select similarity('ada', 'adda') > 0.1",
  "select what from audit where what % 'Ada' order by what <-> 'ada', word_similarity('ada', what) desc limit 3",
  "select uuid_generate_v4() is not null",
  "select encode(digest('a', 'sha256'), 'hex')",
  "select levenshtein('kitten', 'sitting'), soundex('Ada'), public.unaccent('é')",
  "select hstore('a', '1') -> 'a', akeys('a=>1'::hstore)",
  "select nlevel('a.b'::ltree), icount('{1,2}'::int[]), cube_dim('(1,2)'::cube)",
  "prepare near as select similarity('ada', $1)",
];

test("a read that calls well-known extensions asks nobody, and runs under the lock", async () => {
  await scene.asSuperuser(extensions.map((name) => `create extension "${name}";`).join(" "));
  clock.advance(confirmedAgeMaxMs + 1);
  await scene.withAgent(async ({ client }) => {
    for (const sql of reads) await assert.doesNotReject(client.query(sql), sql);
    await client.query("execute near('adda')");
    const { rows } = await client.query("select similarity('ada', $1) as near", ["ada"]);
    assert.deepEqual(rows, [{ near: 1 }]);
    await client.query("begin");
    await client.query("select similarity('ada', 'adda')");
    await client.query("rollback");
  });
});

test("every name on the list is a function of the library that it stands under", async () => {
  const { rows } = await scene.asSuperuser(
    "select distinct proname as name, probin as library from pg_proc where prolang = 13 and oid >= 16384",
  );
  const there = new Set(rows.map(({ name, library }) => `${library} ${name}`));
  const libraries = new Set(rows.map(({ library }) => String(library)));
  const missing = Object.entries(extensionFunctions)
    .filter(([library]) => libraries.has(library))
    .flatMap(([library, names]) => names.map((name) => `${library} ${name}`))
    .filter((each) => !there.has(each));
  assert.deepEqual(missing, []);
  assert.equal(libraries.size, extensions.length);
  assert.equal(new Set(extensionFunctionNames).size, extensionFunctionNames.length);
});

const held = [
  "select set_limit(0.5)",
  "insert into audit select similarity('a', 'b')::text",
  "select pgp_sym_decrypt('a'::bytea, 'key')",
];

for (const sql of held) {
  test(`people are asked about what changes something all the same: ${sql}`, async () => {
    await asked(sql);
  });
}

async function asked(sql: string): Promise<void> {
  await scene.withAgent(async (agent) => {
    const waits = agent.held();
    const answer = agent.client.query(sql).then(
      () => "it ran",
      ({ code }: { readonly code: string }) => code,
    );
    const id = await Promise.race([waits, answer]);
    assert.notEqual(id, "it ran");
    await scene.gateway.decide(id, scene.ada, "deny", "Not that.");
    assert.equal(await answer, "42501");
  });
}

const inTheWay = [
  "create function similarity(int, int) returns int language sql volatile as $$ insert into audit values ('similarity') returning 1 $$",
  "create function soundex(int) returns int language plpgsql immutable as $$ begin return 1; end $$",
  `create function sfunc(int, int) returns int language sql as 'select 1';
   create aggregate nlevel(int) (sfunc = sfunc, stype = int)`,
];
const calls = ["select similarity('a', 'b')", "select soundex('a')", "select nlevel('a.b'::ltree)"];

test("a name of theirs that somebody has given to a function of their own too is nobody's to vouch for", async () => {
  for (const sql of inTheWay) await scene.asSuperuser(sql);
  await scene.asSuperuser("alter extension pg_trgm add function similarity(int, int)");
  clock.advance(confirmedAgeMaxMs + 1);
  for (const sql of calls) await asked(sql);
  assert.deepEqual(await scene.audited(), []);
});

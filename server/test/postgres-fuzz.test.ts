/**
 * A short, seeded fuzz of the PostgreSQL listener: what real clients sent, mutated. The long one is
 * `npm run fuzz`.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as fc from "fast-check";
import { encodeQuery, terminateFrame } from "#/proxies/postgres/wire/encode-frontend.ts";
import { fixtures, readRecordings } from "./support/client-recordings.ts";
import { type Mutation, mutate, mutationKinds } from "./support/fuzz-mutations.ts";
import {
  knock,
  knockThroughTls,
  openings,
  play,
  signInTo,
} from "./support/fuzz-postgres-client.ts";
import {
  openPostgresTarget,
  type PolicyName,
  type PostgresTarget,
  policies,
} from "./support/fuzz-postgres-target.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import type { WireClient } from "./support/wire-client.ts";

const seed = 20_261;
/** Sessions with each policy; a session is some twenty messages. */
const numRuns = 80;

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
  await asSuperuser(postgres, (superuser) => superuser.query(fixtures(postgres.user)));
});
after(() => postgres.stop());

const recordings = readRecordings();
const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom(...mutationKinds),
  at: fc.nat(1000),
  place: fc.nat(2 ** 20),
  value: fc.nat(255),
});
const session = fc.record({
  recording: fc.constantFrom(...recordings),
  mutations: fc.array(mutation, { maxLength: 8 }),
  places: fc.array(fc.nat(2 ** 24), { maxLength: 8 }),
  choices: fc.infiniteStream(fc.constantFrom("approve", "deny", "cancel", "leave")),
});

for (const policy of Object.keys(policies) as PolicyName[]) {
  test(`under "${policy}" no mutated session gets anything to the upstream undecided`, async () => {
    const target = await openPostgresTarget(postgres, policy);
    let client: WireClient | null = null;
    try {
      await fc.assert(
        fc.asyncProperty(session, async ({ recording, mutations, places, choices }) => {
          client ??= await signInTo(target);
          const messages = mutate(
            recording.filter((bytes) => !bytes.equals(terminateFrame)),
            mutations,
          );
          const choose = () => choices.next().value;
          const stream = Buffer.concat(messages);
          const played = await play(client, target, { stream, places, choose });
          if (played !== "answered") {
            client.destroy();
            client = null;
          }
          assert.notEqual(played, "stuck");
          assert.deepEqual(target.violations, []);
        }),
        { numRuns, seed, endOnFailure: true },
      );
      (client as WireClient | null)?.destroy();
      if (policy !== "writes wait") assert.deepEqual(await items(), ["1a", "2b", "3c"]);
      if (policy !== "deny all") assert.ok(target.ran > 0, "something has run");
      await assertLeavesNothing(target);
    } finally {
      await target.close();
    }
  });
}

test("no mutated start-up keeps a stranger or stops the listener", async () => {
  const target = await openPostgresTarget(postgres, "deny all");
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...openings),
        fc.array(mutation, { maxLength: 3 }),
        fc.constantFrom(knock, knock, knockThroughTls),
        async (opening, mutations, how) => {
          assert.equal(await how(target, mutate(opening, mutations)), "over");
          assert.deepEqual(target.violations, []);
        },
      ),
      { numRuns: 300, seed, endOnFailure: true },
    );
    const client = await signInTo(target);
    await client.query("select 1");
    client.destroy();
    await assertLeavesNothing(target);
  } finally {
    await target.close();
  }
});

test("the tap finds a command that nobody decided on", async () => {
  const target = await openPostgresTarget(postgres, "reads only");
  try {
    const client = await signInTo(target);
    await client.query("select 1");
    assert.deepEqual(target.violations, []);
    // The decision is forgotten before the command arrives: nothing covers it then.
    client.send(encodeQuery("select 2"));
    target.forgetDecisions();
    await client.until(({ kind }) => kind === "ready_for_query");
    assert.match(target.violations.join(), /^ran undecided: select 2$/m);
    client.destroy();
  } finally {
    await target.close();
  }
});

async function items(): Promise<readonly string[]> {
  return asSuperuser(postgres, async (superuser) => {
    const { rows } = await superuser.query("select id || name as item from items order by id");
    return (rows as readonly { readonly item: string }[]).map(({ item }) => item);
  });
}

async function assertLeavesNothing(target: PostgresTarget): Promise<void> {
  while (target.upstreams > 0) await new Promise(setImmediate);
  assert.equal(target.reviewsOpen, 0);
}

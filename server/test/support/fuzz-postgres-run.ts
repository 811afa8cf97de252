/** The long run against the PostgreSQL listener, in rounds between which nothing is under way. */
import { frontend } from "#/proxies/postgres/wire/codec.ts";
import { fixtures, readRecordings } from "./client-recordings.ts";
import { type Messages, type Mutation, mark, mutate, mutationKinds } from "./fuzz-mutations.ts";
import { knock, knockThroughTls, openings, play, signInTo } from "./fuzz-postgres-client.ts";
import {
  openPostgresTarget,
  type PolicyName,
  type PostgresTarget,
  policies,
} from "./fuzz-postgres-target.ts";
import type { Random } from "./fuzz-random.ts";
import type { TestPostgres } from "./postgres.ts";
import { asSuperuser } from "./postgres-gateway.ts";

export interface RunFigures {
  readonly messages: number;
  readonly sessions: number;
  readonly strangers: number;
  /** Commands of clients that reached the upstream, by policy. */
  readonly ran: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
}

const clients = 8;
/** One in so many connections never signs in. */
const strangersShare = 4;
const sessionsOfClient = 6;
/** Connections in a round. */
const roundConnections = 48;

export async function runPostgresFuzz(
  postgres: TestPostgres,
  messagesMin: number,
  random: Random,
  onRound: (messages: number) => void,
): Promise<RunFigures> {
  const recordings = readRecordings();
  const targets = new Map<PolicyName, PostgresTarget>();
  for (const name of Object.keys(policies) as PolicyName[]) {
    targets.set(name, await openPostgresTarget(postgres, name));
  }
  const violations: string[] = [];
  let messages = 0;
  let sessions = 0;
  let strangers = 0;

  const attack = async (target: PostgresTarget): Promise<void> => {
    if (random.below(strangersShare) === 0) {
      const opening = openings[random.below(openings.length)] ?? [];
      const pieces = mutate(opening, mutationsOf(random, 2));
      strangers += 1;
      messages += pieces.length;
      const how = random.below(4) === 0 ? knockThroughTls : knock;
      if ((await how(target, pieces)) === "stuck") violations.push("a stranger is not let go");
      return;
    }
    const client = await signInTo(target);
    for (let turn = 0; turn < sessionsOfClient; turn += 1) {
      sessions += 1;
      const mutated = makeSession(recordings, random, `${sessions}`);
      messages += mutated.length;
      const stream = Buffer.concat(mutated);
      const places = Array.from({ length: random.below(8) }, () => random.below(2 ** 24));
      const choose = () =>
        (["approve", "approve", "deny", "cancel", "leave"] as const)[random.below(5)] ?? "deny";
      const played = await play(client, target, { stream, places, choose });
      if (played === "stuck") violations.push(`stuck: ${stream.toString("base64")}`);
      if (played !== "answered") break;
    }
    client.destroy();
  };

  const round = async (name: PolicyName, target: PostgresTarget): Promise<void> => {
    await asSuperuser(postgres, (superuser) => superuser.query(fixtures(postgres.user)));
    const before = name === "writes wait" ? "" : await stateOf(postgres);
    let left = roundConnections;
    const work = async () => {
      while ((left -= 1) >= 0) await attack(target);
    };
    await Promise.all(Array.from({ length: clients }, work));
    while (target.upstreams > 0) await new Promise(setImmediate);
    if (name !== "writes wait" && (await stateOf(postgres)) !== before) {
      violations.push(`the database has changed although "${name}" holds`);
    }
    violations.push(...target.violations.slice(violationsSeen.get(name) ?? 0));
    violationsSeen.set(name, target.violations.length);
    target.settle();
  };
  const violationsSeen = new Map<PolicyName, number>();

  const isDone = () => messages >= messagesMin || violations.length > 0;
  try {
    while (!isDone()) {
      for (const [name, target] of targets) await round(name, target);
      onRound(messages);
    }
  } finally {
    for (const target of targets.values()) await target.close();
  }
  const ran = Object.fromEntries([...targets].map(([name, target]) => [name, target.ran]));
  return { messages, sessions, strangers, ran, violations };
}

/** Half of a recording, or all of it, with a few things wrong. */
function makeSession(recordings: readonly Messages[], random: Random, name: string): Messages {
  const recording = recordings[random.below(recordings.length)] ?? [];
  const start = random.below(recording.length);
  const whole =
    random.below(8) === 0 ? recording : recording.filter((each) => each[0] !== frontend.terminate);
  const part = random.below(2) === 0 ? whole : whole.slice(start, start + 20);
  const count = random.below(8);
  // Damage to the form ends a session at once, so that most sessions get none.
  const kinds = random.below(3) === 0 ? mutationKinds.length : formKinds;
  const mutated = mutate(part, mutationsOf(random, count, kinds));
  return random.below(2) === 0 ? mark(mutated, name) : mutated;
}

/** The first of the kinds leave every message whole. */
const formKinds = mutationKinds.indexOf("flip");

function mutationsOf(
  random: Random,
  count: number,
  kinds: number = mutationKinds.length,
): Mutation[] {
  return Array.from({ length: count }, () => ({
    kind: mutationKinds[random.below(kinds)] ?? "drop",
    at: random.below(1000),
    place: random.below(2 ** 20),
    value: random.below(256),
  }));
}

/** What nobody who may only read can have changed. */
async function stateOf(postgres: TestPostgres): Promise<string> {
  return asSuperuser(postgres, async (superuser) => {
    const { rows } = await superuser.query(
      `select (select string_agg(items::text, ',' order by id) from items) as items,
              (select count(*) from pg_catalog.pg_class) as relations,
              (select count(*) from pg_catalog.pg_proc) as functions,
              (select count(*) from pg_catalog.pg_largeobject_metadata) as large,
              (select string_agg(rolname || rolsuper, ',' order by rolname) from pg_catalog.pg_roles) as roles,
              (select count(*) from pg_catalog.pg_prepared_xacts) as prepared`,
    );
    return JSON.stringify(rows[0]);
  });
}

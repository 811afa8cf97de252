/** How many others wait for the locks of a session whose statement waits: asked beside it, on record before. */
import type { PostgresResource } from "#/core/action.ts";
import { noFacts } from "#/core/facts.ts";
import type { EffectAsked } from "#/core/protocol.ts";
import { recordOwn } from "#/enforcement/record-own.ts";
import type { EffectSource } from "#/proxies/postgres/effect/effect-question.ts";
import { openOwnSession } from "#/proxies/postgres/effect/own-session.ts";
import { waitTurn } from "#/proxies/postgres/effect/turns.ts";
import { ownAction } from "#/proxies/postgres/to-action.ts";
import { blocksQuery } from "./standing.ts";

/** For all of it, the wait for its turn aside. */
const blocksMs = 10_000;

export interface BlocksQuestion extends Pick<EffectAsked, "review" | "signal"> {
  /** Of the server's process that holds the locks. */
  readonly pid: string;
}

/** Null where it is not known. */
export async function findBlocks(
  { pid, review, signal }: BlocksQuestion,
  resource: PostgresResource,
  { address, turns, enforcement }: EffectSource,
): Promise<number | null> {
  const turn = await waitTurn(turns, signal);
  if (turn === null) return null;
  const { clock } = enforcement;
  const late = new AbortController();
  const stopClock = clock.after(blocksMs, () => late.abort());
  try {
    await recordOwn(looking(resource, clock.now()), enforcement, review);
    const session = await openOwnSession(address, AbortSignal.any([signal, late.signal]));
    try {
      const path = await session.run("set search_path to pg_catalog");
      if (path.error !== null) return null;
      const bytes = Buffer.from(pid, "utf8").toString("base64");
      const { rows } = await session.run(blocksQuery, [{ type: 0, format: "text", bytes }]);
      return rows[0]?.[0] === undefined ? null : Number(rows[0][0]);
    } finally {
      session.close();
    }
  } finally {
    stopClock();
    turn();
  }
}

function looking(resource: PostgresResource, now: number) {
  const facts = { ...noFacts, kinds: ["look_at_locks"] };
  const command = "count the sessions that wait for a transaction's locks";
  return ownAction({ resource, command, parameters: [], verbs: ["sql.read"], facts }, now);
}

/** A session of the gateway's own is put into the state in which a command means what it means where it waits. */
import type { Action } from "#/core/action.ts";
import type { Ask } from "#/proxies/postgres/ask.ts";
import {
  type Meaning,
  readFingerprint,
  readMeaning,
} from "#/proxies/postgres/fingerprint/fingerprint.ts";
import type { Classified } from "#/proxies/postgres/sql/facts.ts";
import { asSql } from "#/proxies/postgres/to-action.ts";
import type { OwnSession } from "./own-session.ts";

/** For the transaction that goes on, and no longer: behind a pooler the session may be somebody else's afterwards. */
export const setLocal = "select pg_catalog.set_config($1, $2, true)";

/** Everything is asked and set in one transaction. */
export async function beginOwn(session: OwnSession, command: string): Promise<void> {
  const { error, status } = await session.run(command);
  if (error !== null || status !== "transaction") throw new Error("no transaction was begun");
}

/** As the catalogue's questions ask: what the server refuses is a failure. */
export function asksOf(session: OwnSession): Ask {
  return async (sql, parameters = []) => {
    const answer = await session.run(
      sql,
      parameters.map((text) => ({
        type: 0,
        format: "text" as const,
        bytes: Buffer.from(text, "utf8").toString("base64"),
      })),
    );
    if (answer.error !== null) throw new Error(`SQLSTATE ${answer.error}`);
    return answer.rows;
  };
}

/** Whether the session, in its transaction, now gives the action the meaning that it has where it waits. */
export async function takeMeaning(
  asks: Ask,
  meaning: Meaning,
  action: Action,
  { references }: Classified,
): Promise<boolean> {
  const { facts, parameters, fingerprint } = asSql(action);
  try {
    const own = await readMeaning(asks);
    if (own.user !== meaning.user) await asks(setLocal, ["role", meaning.user]);
    for (const [at, [name, value]] of meaning.settings.entries()) {
      if (own.settings[at]?.[1] !== value) await asks(setLocal, [name, value ?? ""]);
    }
    const there = await readFingerprint({ facts, references, parameters }, asks);
    return there.fingerprint === fingerprint;
  } catch {
    return false;
  }
}

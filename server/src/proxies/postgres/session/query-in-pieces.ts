/**
 * A simple query that reads what may write, and controls its transaction besides: `begin; select …; commit`, or a savepoint before each
 * read, as psqlODBC sends it. The server can be kept from writing only around the reads, and by no text in between, which would stay in
 * force.
 *
 * So it goes upstream piece by piece, each when the one before has been answered, and the reads under the lock that fits there. The client
 * sees one answer, and of an error the place in the text that it sent. Nothing is sent behind a piece that has failed.
 */
import assert from "node:assert/strict";
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import type { MaskedRun } from "#/proxies/postgres/masked/masked-run.ts";
import type { Answer, Passing } from "#/proxies/postgres/reply/expected.ts";
import { type Limited, RowCount } from "#/proxies/postgres/reply/limited.ts";
import type { Statement } from "#/proxies/postgres/sql/facts.ts";
import { backend } from "#/proxies/postgres/wire/codec.ts";
import { encodeQuery } from "#/proxies/postgres/wire/encode-frontend.ts";
import type { LockPlace } from "./lockable.ts";
import type { SessionParts } from "./parts.ts";
import { type Piece, piecesOf } from "./pieces.ts";
import { type ReadLock, releaseLock, takeLock } from "./read-lock.ts";
import { sayReady } from "./row-limit/own-transaction.ts";
import { sendAwaited } from "./row-limit/send-awaited.ts";
import { endWatched, watch } from "./row-limit/watched.ts";
import type { LimitedRun } from "./row-limit/within-limit.ts";

type InPieces = Pick<LimitedRun, "statement" | "gate" | "fate" | "follow"> & {
  readonly place: LockPlace;
  readonly limited: Limited | null;
  readonly masked: MaskedRun | null;
};

/** Answers every message of the query itself, its ReadyForQuery too. */
export async function queryInPieces(parts: SessionParts, query: InPieces): Promise<void> {
  const { dialogue, progress } = parts;
  const { statement, place, limited, masked, gate, fate, follow } = query;
  const pieces = piecesOf(statement.classified, place);
  assert(pieces !== null, "its lock was that it can run in pieces");
  const watched = limited && watch(parts, statement.classified, new RowCount(limited.limit.max));
  const within = watched?.frames ?? unready;
  const passing = masked?.passing(within) ?? within;
  const followed = follow(watched?.exceedable(fate) ?? fate);
  const textOf = textsOf(statement.command);
  let all: Answer = nothingYet;
  for (const piece of pieces) {
    const lock = { lock: lockFor(dialogue, piece), pipeline: null };
    takeLock(dialogue, lock);
    const bytes = encodeQuery(textOf(piece.statements));
    const sent = await sendAwaited(parts, "query", { bytes, gate, passing });
    if (sent.kind !== "answered") return followed.onLost(sent.cause);
    await watched?.stopped();
    const { answer } = sent;
    all = { ...answer, tags: [...all.tags, ...answer.tags], rows: all.rows + answer.rows };
    if (answer.error !== null || isExceeded(watched)) break;
    releaseLock(dialogue, lock);
  }
  if (limited !== null && watched !== null) {
    return endWatched(parts, { limited, followed, frames: watched.frames, answer: all });
  }
  followed.onAnswer(all);
  progress.ready(all, all.error !== null);
  sayReady(parts, null, all.status ?? "idle");
}

function isExceeded(watched: { readonly frames: { readonly excess: unknown } } | null): boolean {
  return watched !== null && watched.frames.excess !== null;
}

/** Between transactions the default is the lock, and nothing that begins one may take it along. */
function lockFor(dialogue: Dialogue, { isLocked }: Piece): ReadLock {
  if (dialogue.status !== "idle") return isLocked ? "savepoint" : "none";
  dialogue.setReadOnly(isLocked);
  return "none";
}

/** Blanks stand in place of what is before a piece, so that the server counts characters as the client does. */
function textsOf(command: string): (statements: readonly Statement[]) => string {
  const bytes = Buffer.from(command, "utf8");
  return (statements) => {
    const start = statements[0]?.start ?? bytes.length;
    const end = statements.at(-1)?.end ?? bytes.length;
    const blanks = " ".repeat(Array.from(bytes.toString("utf8", 0, start)).length);
    return blanks + bytes.toString("utf8", start, end);
  };
}

const nothingYet: Answer = { tags: [], error: null, rows: 0, suspended: false, status: null };

/** All of it passes, but that the server is ready: more may follow. */
const unready: Passing = {
  byRow: false,
  run: () => ({ kind: "pass" }),
  frame: ({ type }) => ({ kind: type === backend.readyForQuery ? "drop" : "pass" }),
};

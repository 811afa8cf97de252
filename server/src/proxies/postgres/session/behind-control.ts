/**
 * A simple query that begins a transaction or moves a savepoint, and then reads what may write: psqlODBC sends every statement so. The
 * server can be kept from writing only behind its first statements, and by no text in between, which would stay in force.
 *
 * So they go upstream as a message by themselves, and the rest as another, under the lock. The client sees one answer, and of an error
 * the place in the text that it sent. Nothing of the rest is sent where the first part fails.
 */
import type { MaskedRun } from "#/proxies/postgres/masked/masked-run.ts";
import type { Answer, Passage, Passing } from "#/proxies/postgres/reply/expected.ts";
import type { Limited } from "#/proxies/postgres/reply/limited.ts";
import { type Fate, notRun } from "#/proxies/postgres/transaction.ts";
import { backend } from "#/proxies/postgres/wire/codec.ts";
import { encodeQuery } from "#/proxies/postgres/wire/encode-frontend.ts";
import type { SessionParts } from "./parts.ts";
import { controlAhead, sendLocked } from "./read-lock.ts";
import { sendAwaited } from "./row-limit/send-awaited.ts";
import { type LimitedRun, queryWithin } from "./row-limit/within-limit.ts";

type Parted = Pick<LimitedRun, "gate" | "fate" | "follow"> &
  Pick<LimitedRun["statement"], "command" | "classified"> & {
    readonly limited: Limited | null;
    readonly masked: MaskedRun | null;
  };

export async function queryBehindControl(parts: SessionParts, query: Parted): Promise<void> {
  const { dialogue, progress, isOver } = parts;
  const { command, classified, limited, masked, gate, fate, follow } = query;
  const { ahead, rest, statements } = part(query);
  const first = await sendAwaited(parts, "query", { bytes: ahead, gate, passing: firstPart() });
  if (first.kind !== "answered") return follow(fate).onLost(first.cause);
  if (first.answer.error !== null) {
    follow(fate).onAnswer(first.answer);
    return progress.ready(first.answer, true);
  }
  if (isOver()) return fate.resolve(notRun);
  const together = (answer: Answer) => ({
    ...answer,
    tags: [...first.answer.tags, ...answer.tags],
  });
  const behind: MaskedRun | null = masked && {
    ...masked,
    passing: (inner) => masked.passing(inner).after(first.answer.tags.length),
  };
  const followed = (its: Fate) => {
    const all = follow(its);
    return { ...all, onAnswer: (answer: Answer) => all.onAnswer(together(answer)) };
  };
  const lock = "savepoint";
  if (limited !== null) {
    const statement = { command, classified: { ...classified, statements }, lock } as const;
    const run = {
      ...limited,
      masked: behind,
      statement,
      bytes: rest,
      gate,
      fate,
      follow: followed,
    };
    return queryWithin(parts, null, run);
  }
  const sent = followed(fate);
  sendLocked(dialogue, { lock, pipeline: null }, () =>
    dialogue.send("query", rest, {
      ...sent,
      gate,
      passing: behind?.passing(null) ?? null,
      onAnswer: (answer) => {
        sent.onAnswer(answer);
        progress.ready(answer, answer.error !== null);
      },
    }),
  );
}

/** Blanks stand in place of the first part, so that the server counts characters as the client does. */
function part({ command, classified }: Pick<Parted, "command" | "classified">) {
  const statements = classified.statements.slice(controlAhead(classified));
  const bytes = Buffer.from(command, "utf8");
  const at = statements[0]?.start ?? bytes.length;
  const ahead = bytes.toString("utf8", 0, at);
  const blanks = " ".repeat(Array.from(ahead).length);
  return {
    ahead: encodeQuery(ahead),
    rest: encodeQuery(blanks + bytes.toString("utf8", at)),
    statements,
  };
}

/** All of it passes, but that the server is ready only where nothing follows. */
function firstPart(): Passing {
  let isFailed = false;
  return {
    byRow: false,
    run: () => pass,
    frame: ({ type }) => {
      isFailed ||= type === backend.errorResponse;
      return type === backend.readyForQuery && !isFailed ? drop : pass;
    },
  };
}

const pass: Passage = { kind: "pass" };
const drop: Passage = { kind: "drop" };

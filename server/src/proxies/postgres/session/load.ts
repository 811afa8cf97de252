/**
 * What comes before a COPY FROM STDIN is proposed. Where people are asked, its data is taken first, so that they
 * judge it and the digest binds it; where policy allows it, the data is passed on as it comes, once it runs.
 */
import type { LoadedData } from "#/core/action.ts";
import type { Refusal } from "#/core/refusal.ts";
import { readCopyColumns } from "#/proxies/postgres/copy/copy-columns.ts";
import { readCopyStatement } from "#/proxies/postgres/copy/copy-statement.ts";
import { type Loading, loadingFate } from "#/proxies/postgres/copy/loading.ts";
import type { Spool, SpoolFull, SpoolLimits } from "#/proxies/postgres/copy/spool.ts";
import { SpoolUpload } from "#/proxies/postgres/copy/upload.ts";
import type { Sent } from "#/proxies/postgres/dialogue/sent.ts";
import { refusalError, sessionError } from "#/proxies/postgres/present.ts";
import type { Fate } from "#/proxies/postgres/transaction.ts";
import { backend } from "#/proxies/postgres/wire/codec.ts";
import { encodeCopyInResponse } from "#/proxies/postgres/wire/encode-backend.ts";
import type { SessionParts } from "./parts.ts";
import type { Followed } from "./progress.ts";
import type { Statement } from "./proposal/proposed.ts";

export interface PreparedLoad {
  readonly kind: "load";
  /** Null where it goes by. */
  readonly data: LoadedData | null;
  readonly loading: Loading;
  /** To be called when nothing of it is needed any more. */
  close(): void;
}

export type Load =
  | PreparedLoad
  | { readonly kind: "refused"; readonly error: Buffer }
  /** The session is over. */
  | { readonly kind: "left" };

type Loads = Pick<Statement, "command" | "classified">;

/**
 * For what `loadsData`. `told` is what the client has to hear before it is asked for data and the
 * upstream has not said, because it has not been sent any of it.
 */
export async function prepareLoad(
  parts: SessionParts,
  statement: Loads,
  told: readonly Buffer[],
): Promise<Load> {
  if (!parts.proposer.asksPeople(statement)) {
    return { kind: "load", data: null, loading: parts.copyIn.stream(), close: () => {} };
  }
  const spool = parts.spools.open();
  const load = await takeData(parts, statement, { told, spool }).catch((error: unknown) => {
    spool.close();
    throw error;
  });
  if (load.kind !== "load") spool.close();
  return load;
}

async function takeData(
  parts: SessionParts,
  { command }: Loads,
  { told, spool }: { readonly told: readonly Buffer[]; readonly spool: Spool },
): Promise<Load> {
  const { dialogue, knowledge, proposer, copyIn, spools } = parts;
  const copy = readCopyStatement(knowledge.trees(command));
  if (typeof copy === "string") return refused(await proposer.refuse(command, copy));
  await dialogue.settled();
  const found = await readCopyColumns(copy, dialogue.ask.bind(dialogue));
  if (found.kind === "refused") return found;
  if (parts.isOver()) return { kind: "left" };
  const { columns } = found;
  const format = copy.data.format === "binary" ? 1 : 0;
  const form = { ...copy.data, csvEndsAtMark: knowledge.serverIsBefore(18) };
  const collection = copyIn.collect(spool, { form, columns });
  dialogue.say(Buffer.concat([...told, encodeCopyInResponse(format, columns.length)]));
  const collected = await collection.ended;
  switch (collected.kind) {
    case "left":
      return collected;
    case "failed":
      return { kind: "refused", error: sessionError("ERROR", "57014", collected.message) };
    case "full": {
      const refusal = refusalOf(collected.why, spools.limits);
      return refused(await proposer.refuse(command, refusal.message, refusal));
    }
    case "whole": {
      const { data } = collected;
      const loading = new SpoolUpload(spool, data.sha256, dialogue);
      return { kind: "load", data, loading, close: () => spool.close() };
    }
  }
}

/** The client was asked for the data before the statement was sent, and hears nothing of that twice. */
export function toldBefore(load: PreparedLoad | null): Pick<Sent, "told"> {
  return load === null || load.data === null ? {} : { told: saidBefore };
}

const saidBefore: readonly number[] = [
  backend.bindComplete,
  backend.copyInResponse,
  backend.noData,
];

/** Resolves when nothing more of its data is needed; none of it is kept from then on. */
export async function loaded(load: PreparedLoad, wasSent: boolean): Promise<void> {
  if (wasSent) await load.loading.done;
  load.close();
}

/** However a statement comes to its end, its data does too. */
export function loadFate(load: PreparedLoad | null, fate: Fate): Fate {
  return load === null ? fate : loadingFate(load.loading, fate);
}

/** What was sent takes its data when the upstream asks for it, and no longer than until it answers. */
export function followLoad(load: PreparedLoad | null, followed: Followed): Followed & Sent {
  if (load === null) return followed;
  const { loading } = load;
  return {
    ...toldBefore(load),
    onCopyIn: () => loading.begin(),
    onAnswer: (answer) => {
      loading.stop();
      followed.onAnswer(answer);
    },
    onSkipped: () => {
      loading.stop();
      followed.onSkipped();
    },
    onLost: (cause) => {
      loading.stop();
      followed.onLost(cause);
    },
  };
}

function refused(refusal: Refusal): Load {
  return { kind: "refused", error: refusalError(refusal) };
}

function refusalOf(why: SpoolFull, { copyBytesMax }: SpoolLimits): Refusal {
  const rest = { reason: null, review: null, url: null } as const;
  if (why === "too_large") {
    return {
      ...rest,
      code: "data_too_large",
      message:
        `This COPY waits for people, and its data is more than the ${copyBytesMax} bytes that are kept for them ` +
        "(limits.copyBytesMax). Load it in parts; or ask for a rule that allows it, for then nothing is kept.",
      retry: "after_change",
    };
  }
  const full =
    "The gateway keeps as much data of COPYs that wait as it may (limits.spoolBytesMax).";
  const failed = "The gateway could not write the data of this COPY to its data folder.";
  return {
    ...rest,
    code: "data_not_kept",
    message: `${why === "crowded" ? full : failed} Nothing was done. Try again later.`,
    retry: "later",
  };
}

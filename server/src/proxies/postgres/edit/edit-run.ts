/** How a reviewer's edit comes to run, or not, where the session would have executed the client's own statement. */
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import type { Sent } from "#/proxies/postgres/dialogue/sent.ts";
import type { Portal } from "#/proxies/postgres/prepared/prepared.ts";
import { keepsReadOnly } from "#/proxies/postgres/session/lockable.ts";
import type { SessionParts } from "#/proxies/postgres/session/parts.ts";
import type { Pipeline } from "#/proxies/postgres/session/pipeline.ts";
import type {
  EditedStatement,
  EditPlace,
  Statement,
} from "#/proxies/postgres/session/proposal/proposed.ts";
import { refuseInPipeline } from "#/proxies/postgres/session/refuse.ts";
import { type Fate, notRun } from "#/proxies/postgres/transaction.ts";
import { bindEdit, editError, type Misfit, misfitOf, misfitOfMessage } from "./edited-portal.ts";

/** What it needs of its session. */
export type EditingSession = Pick<SessionParts, "dialogue" | "isOver">;

/** A portal that is about to be executed, and what runs in place of the client's own statement. */
export interface BoundEdit {
  readonly name: string;
  readonly portal: Portal;
  readonly pipeline: Pipeline;
  readonly edit: EditedStatement;
  readonly fate: Fate;
}

/** Asked ahead only between transactions: what the upstream refuses would be the end of one. */
export function placeOf(
  dialogue: Dialogue,
  where: "message" | Pick<BoundEdit, "pipeline" | "portal">,
): EditPlace {
  const isIdle = () =>
    dialogue.settled() === undefined && dialogue.status === "idle" && !dialogue.inPipeline;
  const misfit = (edit: Statement) =>
    where === "message" ? misfitOfMessage(dialogue, edit) : misfitAt(dialogue, where, edit);
  return {
    kind: where === "message" ? "message" : "portal",
    async check(edit) {
      await dialogue.settled();
      // Looked at and sent in one turn, so that nothing comes in between.
      return isIdle() ? ((await misfit(edit))?.why ?? null) : null;
    },
  };
}

/** The edit is looked at once more, because this session may not be the one that its editor's look was on. */
export async function executeEdit(
  session: EditingSession,
  bound: BoundEdit,
  execute: (bind: (sent: Sent) => void) => Promise<void> | undefined,
): Promise<void> {
  const { dialogue, isOver } = session;
  const { pipeline, portal, edit, fate } = bound;
  let misfit: Misfit | null;
  try {
    misfit = await misfitAt(dialogue, bound, edit);
  } catch {
    // The upstream is gone, and what was never sent has not run.
    return fate.resolve(notRun);
  }
  if (isOver() || pipeline.failed) return fate.resolve(notRun);
  if (misfit !== null) return refuseEdit(session, misfit, bound);
  dialogue.say(edit.notice);
  await execute((sent) => bindEdit(dialogue, { name: bound.name, portal }, edit, sent));
}

/** It was approved and can't run: nothing has, and the client hears why. */
export async function refuseEdit(
  session: EditingSession,
  misfit: Misfit,
  { pipeline, edit, fate }: Pick<BoundEdit, "pipeline" | "edit" | "fate">,
): Promise<void> {
  const error = editError(misfit, edit);
  if (misfit.sqlstate === null) {
    await refuseInPipeline(session, pipeline, error);
  } else {
    // The upstream has failed by itself, and says nothing more before the Sync.
    pipeline.failed = true;
    session.dialogue.say(error);
  }
  fate.resolve({ state: "failed", detail: misfit.sqlstate ?? "not run" });
}

async function misfitAt(
  dialogue: Dialogue,
  { pipeline, portal }: Pick<BoundEdit, "pipeline" | "portal">,
  edit: Statement,
): Promise<Misfit | null> {
  if (pipeline.readOnly && !keepsReadOnly(edit.classified)) return writesAmongReads;
  return misfitOf(dialogue, portal, edit);
}

const writesAmongReads: Misfit = {
  why: "It writes, in a pipeline that began with reads only.",
  sqlstate: null,
};

export const boundAlone: Misfit = {
  why: "The statement is bound without being executed. Bind and execute it in the same pipeline.",
  sqlstate: null,
};

/** What becomes of an Execute: what its portal stands for is decided and runs, or runs on. */

import { describeMasked } from "#/proxies/postgres/masked/describe-masked.ts";
import type { Portal } from "#/proxies/postgres/prepared/prepared.ts";
import { sessionError } from "#/proxies/postgres/present.ts";
import { openGate } from "#/proxies/postgres/reply/gate.ts";
import { RowCount } from "#/proxies/postgres/reply/limited.ts";
import {
  changesNames,
  isInBlock,
  mendsTransaction,
} from "#/proxies/postgres/session/knowledge/changes.ts";
import { followLoad, type PreparedLoad, toldBefore } from "#/proxies/postgres/session/load.ts";
import type { MaybeLater } from "#/proxies/postgres/session/maybe-later.ts";
import type { SessionParts } from "#/proxies/postgres/session/parts.ts";
import { onFailure, type Pipeline } from "#/proxies/postgres/session/pipeline.ts";
import type { Followed } from "#/proxies/postgres/session/progress.ts";
import { sendLocked } from "#/proxies/postgres/session/read-lock.ts";
import { failedTransaction, refuseInPipeline } from "#/proxies/postgres/session/refuse.ts";
import { executeWithin } from "#/proxies/postgres/session/row-limit/within-limit.ts";
import type { Fate } from "#/proxies/postgres/transaction.ts";
import type { Received } from "#/proxies/postgres/wire/inbox.ts";
import type { Approved } from "./awaited-execute.ts";
import { decidePortal } from "./decide-portal.ts";
import { leavesNothing } from "./parted.ts";

export function takeExecute(
  parts: SessionParts,
  pipeline: Pipeline,
  { name, received }: { readonly name: string; readonly received: Received },
): MaybeLater {
  const { statements, awaited } = parts;
  const portal = statements.portal(name);
  if (portal === undefined) {
    const why = `portal "${name}" does not exist`;
    return refuseInPipeline(parts, pipeline, sessionError("ERROR", "34000", why));
  }
  if (portal.executed) return executeOn(parts, pipeline, { name, portal, received });
  pipeline.waiting = null;
  const approved = awaited.take(portal);
  if (approved !== null) {
    const bind = () => {};
    return sendExecute(parts, pipeline, { name, received, portal, approved, load: null, bind });
  }
  if (portal.asks && portal.deferred.length === 0) {
    return refuseInPipeline(parts, pipeline, executedTooLate);
  }
  return decidePortal(parts, pipeline, {
    name,
    portal,
    send: (decided, sendBind, load) => {
      const { gate } = decided;
      const bind = () => {
        sendBind({ ...onFailure(pipeline), ...toldBefore(load), gate });
        portal.deferred = [];
      };
      return sendExecute(parts, pipeline, {
        name,
        received,
        portal,
        approved: decided,
        load,
        bind,
      });
    },
  });
}

/** Fetches more of what has been decided. */
function executeOn(
  parts: SessionParts,
  pipeline: Pipeline,
  {
    name,
    portal,
    received,
  }: { readonly name: string; readonly portal: Portal; readonly received: Received },
): MaybeLater {
  const { dialogue } = parts;
  // The server would say the same; but one of PostgreSQL's own defects is to look at what such a portal has lost.
  if (dialogue.status === "failed") return refuseInPipeline(parts, pipeline, failedTransaction);
  const { bytes } = received;
  const { masked = null } = portal;
  const lock = portal.fetched === "read" ? "savepoint" : "none";
  if (portal.limit === undefined) {
    sendLocked(dialogue, { lock, pipeline }, () => {
      const passing = describeMasked(dialogue, pipeline, { name, masked });
      dialogue.send("execute", bytes, { ...onFailure(pipeline), passing });
    });
    return undefined;
  }
  const { limited, count, classified } = portal.limit;
  const statement = { command: portal.statement.sql, classified, lock } as const;
  const rest = { statement, bytes, gate: openGate, fate: knownFate, follow: () => followedBefore };
  const run = { ...limited, ...rest, masked };
  return parts.progress.finish(
    executeWithin(parts, pipeline, { run, name, count, bind: () => {} }),
  );
}

interface Executed {
  readonly name: string;
  readonly received: Received;
  readonly portal: Portal;
  readonly approved: Approved;
  readonly load: PreparedLoad | null;
  /** Sends what stands before it. */
  readonly bind: () => void;
}

/** What is bound is the statement that the decision was about, or the edit that takes its place. */
function sendExecute(
  parts: SessionParts,
  pipeline: Pipeline,
  { name, received, portal, approved, load, bind }: Executed,
): MaybeLater {
  const { dialogue, progress } = parts;
  const { gate, fate, limited, masked, statement } = approved;
  pipeline.ran = true;
  pipeline.leavesNothing &&= leavesNothing(statement.classified);
  pipeline.unsettled ||= changesNames(statement.classified);
  pipeline.mended ||= mendsTransaction(statement.classified);
  portal.executed = true;
  portal.masked = masked;
  portal.fetched = statement.lock === "savepoint" ? "read" : "decided";
  pipeline.inBlock = isInBlock(statement.classified, pipeline.inBlock);
  const follow = (its: Fate) => followLoad(load, progress.follow(statement, its));
  if (limited !== null) {
    const count = new RowCount(limited.limit.max);
    portal.limit = { limited, count, classified: statement.classified };
    const run = { ...limited, masked, statement, bytes: received.bytes, gate, fate, follow };
    return progress.finish(executeWithin(parts, pipeline, { run, name, count, bind }));
  }
  sendLocked(dialogue, { lock: statement.lock, pipeline }, () => {
    bind();
    const followed = follow(fate);
    const passing = describeMasked(dialogue, pipeline, { name, masked });
    dialogue.send("execute", received.bytes, {
      ...followed,
      gate,
      passing,
      onAnswer: (answer) => {
        if (answer.error !== null) pipeline.failed = true;
        followed.onAnswer(answer);
      },
    });
  });
  return undefined;
}

/** Of what was executed in part before, and told then. */
const knownFate: Fate = { resolve: () => {}, lost: () => {} };
const followedBefore: Followed = { onAnswer: () => {}, onSkipped: () => {}, onLost: () => {} };

const executedTooLate = sessionError(
  "ERROR",
  "34000",
  "What was approved for this portal was not executed in time; bind it again.",
);

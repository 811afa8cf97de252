/**
 * What becomes of a Bind. Planning may run functions and tell of data, so that none goes upstream undecided:
 * it waits for the Execute of its portal and is decided with it, or is decided by itself.
 */
import { boundAlone, refuseEdit } from "#/proxies/postgres/edit/edit-run.ts";
import { isUsableName } from "#/proxies/postgres/names.ts";
import type { Portal, Prepared } from "#/proxies/postgres/prepared/prepared.ts";
import { refusalError, sessionError } from "#/proxies/postgres/present.ts";
import { keepsReadOnly } from "#/proxies/postgres/session/lockable.ts";
import type { MaybeLater } from "#/proxies/postgres/session/maybe-later.ts";
import type { SessionParts } from "#/proxies/postgres/session/parts.ts";
import { namesPortal, onFailure, type Pipeline } from "#/proxies/postgres/session/pipeline.ts";
import { loadsData } from "#/proxies/postgres/session/proposal/not-carried.ts";
import { nowhere } from "#/proxies/postgres/session/proposal/proposed.ts";
import { placeIn, sendLocked } from "#/proxies/postgres/session/read-lock.ts";
import {
  boundForLater,
  refuseInPipeline,
  tooManyStatements,
} from "#/proxies/postgres/session/refuse.ts";
import { toParameters } from "#/proxies/postgres/to-action.ts";
import { notRun } from "#/proxies/postgres/transaction.ts";
import type { BindMessage, FrontendMessage } from "#/proxies/postgres/wire/frontend-messages.ts";
import type { Received } from "#/proxies/postgres/wire/inbox.ts";
import { goesOn } from "./awaited-execute.ts";
import { decidePortal } from "./decide-portal.ts";
import { goOnWriting } from "./parted.ts";

export function takeBind(
  parts: SessionParts,
  pipeline: Pipeline,
  { bind, received }: { readonly bind: BindMessage; readonly received: Received },
): MaybeLater {
  const { statements } = parts;
  const prepared = statements.statement(bind.statement);
  const taken = bind.portal !== "" && statements.portal(bind.portal) !== undefined;
  if (prepared === undefined) {
    const why = `prepared statement "${bind.statement}" does not exist`;
    return refuseInPipeline(parts, pipeline, sessionError("ERROR", "26000", why));
  }
  if (statements.full) return refuseInPipeline(parts, pipeline, tooManyStatements);
  if (taken || !isUsableName(bind.portal)) {
    const why = `cursor "${bind.portal}" already exists`;
    return refuseInPipeline(parts, pipeline, sessionError("ERROR", "42P03", why));
  }
  const { classified } = prepared;
  if (!pipeline.readOnly || keepsReadOnly(classified)) {
    return bindOn(parts, pipeline, { bind, received, prepared });
  }
  return goOnWriting(parts, pipeline, { classified, portal: bind.portal }).then(() =>
    pipeline.failed ? undefined : bindOn(parts, pipeline, { bind, received, prepared }),
  );
}

interface Binding {
  readonly bind: BindMessage;
  readonly received: Received;
  readonly prepared: Prepared;
}

function bindOn(
  parts: SessionParts,
  pipeline: Pipeline,
  { bind, received, prepared }: Binding,
): MaybeLater {
  const { inbox, statements, proposer } = parts;
  const parameters = toParameters(bind, prepared.parameterTypes);
  const asks = proposer.waits(prepared, placeIn(pipeline));
  const portal: Portal = {
    statement: prepared,
    parameters,
    asks,
    deferred: [],
    executed: false,
    fetched: "decided",
  };
  if (asks || namesPortal(inbox.peek(), bind.portal)) {
    portal.deferred = [received];
    pipeline.waiting = bind.portal;
    statements.bind(bind.portal, portal);
    return undefined;
  }
  return bindAlone(parts, pipeline, { name: bind.portal, portal, received });
}

/**
 * What waits for its Execute, and something else has come. A Bind that nobody would be asked about is decided by
 * itself. Any other is decided as what it would execute, if the Execute may still be the next thing that runs; else it
 * can't be let through.
 */
export async function settleWaiting(
  parts: SessionParts,
  pipeline: Pipeline,
  message: FrontendMessage,
): Promise<void> {
  const { dialogue, statements, awaited } = parts;
  const { waiting } = pipeline;
  if (waiting === null) return;
  pipeline.waiting = null;
  const portal = statements.portal(waiting);
  const [bind, ...describes] = portal?.deferred ?? [];
  const mayFollow = goesOn(message, waiting, pipeline);
  // The data of a COPY comes behind its Execute.
  if (portal?.asks === true && mayFollow && !loadsData(portal.statement.classified)) {
    return decidePortal(parts, pipeline, {
      name: waiting,
      portal,
      send: (approved, sendBind) => {
        sendLocked(dialogue, { lock: approved.statement.lock, pipeline }, () =>
          sendBind(awaited.begin(pipeline, { name: waiting, portal, approved })),
        );
        portal.deferred = [];
        return undefined;
      },
    });
  }
  statements.closePortal(waiting);
  if (portal === undefined || bind === undefined || portal.asks) {
    return refuseInPipeline(parts, pipeline, boundForLater);
  }
  portal.deferred = [];
  await bindAlone(parts, pipeline, { name: waiting, portal, received: bind });
  for (const { bytes } of describes) {
    if (pipeline.failed) return;
    dialogue.send("describe", bytes, onFailure(pipeline));
  }
}

/** A Bind without its Execute is an action of its own, decided and recorded. */
async function bindAlone(
  parts: SessionParts,
  pipeline: Pipeline,
  {
    name,
    portal,
    received,
  }: { readonly name: string; readonly portal: Portal; readonly received: Received },
): Promise<void> {
  const { dialogue, statements, knowledge, proposer } = parts;
  const { statement, parameters } = portal;
  const place = placeIn(pipeline);
  const { classified, lock } = knowledge.judge(knowledge.expand(statement.classified), place);
  const refused = await proposer.propose({
    command: statement.sql,
    parameters,
    classified,
    lock,
    place,
    editPlace: nowhere,
    run: (gate, fate, { edit }) => {
      if (edit !== null) return refuseEdit(parts, boundAlone, { pipeline, edit, fate });
      const bound = { state: "executed", detail: "BIND", rows: 0 } as const;
      if (pipeline.failed) {
        fate.resolve(notRun);
        return undefined;
      }
      const undo = statements.bind(name, portal);
      const failing = onFailure(pipeline, undo);
      sendLocked(dialogue, { lock, pipeline }, () =>
        dialogue.send("bind", received.bytes, {
          gate,
          onAnswer: (answer) => {
            failing.onAnswer(answer);
            fate.resolve(answer.error === null ? bound : { state: "failed", detail: answer.error });
          },
          onSkipped: () => {
            failing.onSkipped();
            fate.resolve(notRun);
          },
          onLost: fate.lost,
        }),
      );
      return undefined;
    },
  });
  if (refused !== null) await refuseInPipeline(parts, pipeline, refusalError(refused));
}

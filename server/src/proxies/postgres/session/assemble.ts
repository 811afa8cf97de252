/** A session's parts, put together. */
import type { Socket } from "node:net";
import type { GatewayError } from "#/core/errors.ts";
import { CopyIn } from "#/proxies/postgres/copy/copy-in.ts";
import { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import { SessionMasks } from "#/proxies/postgres/masked/session-masks.ts";
import { Statements } from "#/proxies/postgres/prepared/statements.ts";
import { Inbox } from "#/proxies/postgres/wire/inbox.ts";
import type { SessionContext } from "./context.ts";
import { AwaitedExecute } from "./extended/awaited-execute.ts";
import { Knowledge } from "./knowledge/knowledge.ts";
import type { SessionParts } from "./parts.ts";
import { Progress } from "./progress.ts";
import { Proposer } from "./proposal/propose.ts";

export interface SessionEvents {
  readonly onFailure: (failure: GatewayError) => void;
  /** A COPY takes more of its data. */
  readonly onData: () => void;
  readonly isOver: () => boolean;
}

export function assemble(
  context: SessionContext,
  client: Socket,
  events: SessionEvents,
): SessionParts {
  const { upstream, messageBytesMax, party } = context;
  const dialogue = new Dialogue({
    upstream,
    client,
    messageBytesMax,
    party,
    onFailure: events.onFailure,
  });
  const statements = new Statements();
  const knowledge = new Knowledge(context, dialogue, statements);
  const { principal, connection } = context;
  const masks = new SessionMasks({
    scope: JSON.stringify([principal.kind, principal.name, connection.resource.connection]),
    masking: connection.masking,
    dialogue,
    classifier: context.classifier,
    knowledge,
    prepared: (name) => statements.statement(name)?.sql ?? null,
    isPortal: (name) => statements.portal(name) !== undefined,
  });
  const onHeld = () => void client.resume();
  return {
    inbox: new Inbox(messageBytesMax),
    dialogue,
    statements,
    knowledge,
    proposer: new Proposer(context, { dialogue, knowledge, masks, onHeld }),
    progress: new Progress(statements, knowledge, masks),
    copyIn: new CopyIn(dialogue, context.clock, events.onData),
    spools: context.spools,
    awaited: new AwaitedExecute(context.clock, dialogue, statements),
    isOver: events.isOver,
  };
}

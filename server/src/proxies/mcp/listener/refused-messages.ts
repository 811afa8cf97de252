/**
 * Messages of agents that were not taken, and so never came to a decision: one record for each agent, connection and reason in a
 * minute.
 */
import type { RecordDraft } from "#/core/record.ts";
import type { Clock } from "#/platform/clock.ts";
import { countTogether } from "#/platform/count-together.ts";
import { type MessageProblem, type RpcCode, rpcCodes } from "#/proxies/mcp/wire/codec.ts";

export interface RefusedMessages {
  note(agent: string, connection: string, problem: MessageProblem): void;
  /** Records at once what was counted. */
  readonly close: () => Promise<void>;
}

/** Within it, those of one agent for one reason are one record. */
export const refusedTogetherMs = 60_000;

/** In the words of the record. What is refused for want of room says nothing of the agent. */
const reasons: Readonly<Partial<Record<RpcCode, string>>> = {
  [rpcCodes.parseError]: "malformed",
  [rpcCodes.invalidRequest]: "malformed",
  [rpcCodes.methodNotFound]: "method",
  [rpcCodes.invalidParams]: "parameters",
  [rpcCodes.headerMismatch]: "headers",
  [rpcCodes.unsupportedVersion]: "version",
};
/** A session that is over is no attempt at anything. */
const gone = 404;

export function createRefusedMessages(
  appendLater: (record: RecordDraft) => void,
  clock: Clock,
): RefusedMessages {
  const counting = countTogether<Refused>(refusedTogetherMs, clock, (refused, counted) => {
    const { count, since, now } = counted;
    appendLater({
      type: "message.refused",
      at: now,
      action: null,
      review: null,
      body: { ...refused, count, since },
      payload: null,
    });
  });
  return {
    note(agent, connection, { code, status }) {
      const why = reasons[code];
      if (why === undefined || (status === gone && why === "malformed")) return;
      counting.note({ agent, connection, why });
    },
    close: counting.close,
  };
}

/** By which they are counted. Agents and connections are those of the configuration. */
interface Refused {
  readonly agent: string;
  readonly connection: string;
  readonly why: string;
}

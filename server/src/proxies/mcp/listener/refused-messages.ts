/**
 * Messages of agents that were not taken, and so never came to a decision, as one record for each agent, connection and reason in a
 * minute: that somebody tries what nobody could decide on leaves a trace, but how many records there are is not for an agent to choose.
 */
import type { RecordDraft } from "#/core/record.ts";
import type { Clock } from "#/platform/clock.ts";
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
  /** By which they are recorded. Agents and connections are those of the configuration. */
  const counts = new Map<string, { count: number; readonly record: () => void }>();
  return {
    note(agent, connection, { code, status }) {
      const why = reasons[code];
      if (why === undefined || (status === gone && why === "malformed")) return;
      const key = JSON.stringify([agent, connection, why]);
      const known = counts.get(key);
      if (known !== undefined) {
        known.count += 1;
        return;
      }
      const since = new Date(clock.now()).toISOString();
      const record = () => {
        stopClock();
        counts.delete(key);
        appendLater({
          type: "message.refused",
          at: clock.now(),
          action: null,
          review: null,
          body: { agent, connection, count: counted.count, since, why },
          payload: null,
        });
      };
      const counted = { count: 1, record };
      const stopClock = clock.after(refusedTogetherMs, record);
      counts.set(key, counted);
    },
    async close() {
      for (const { record } of counts.values()) record();
    },
  };
}

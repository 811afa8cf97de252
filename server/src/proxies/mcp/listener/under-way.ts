/** Agents' requests that are under way: how many each may have, and how those of one are sent away. */

/** Requests of one agent that are under way, streams included. One more is refused. */
const requestsMax = 512;

export interface UnderWay {
  isFull(agent: string): boolean;
  /** What it returns is called when the request is over. */
  begin(agent: string, sendAway: () => void): () => void;
  sendAway(agent: string): void;
}

export function createUnderWay(): UnderWay {
  const byAgent = new Map<string, Set<() => void>>();
  return {
    isFull: (agent) => (byAgent.get(agent)?.size ?? 0) >= requestsMax,
    begin(agent, sendAway) {
      const own = byAgent.get(agent) ?? new Set();
      byAgent.set(agent, own.add(sendAway));
      return () => {
        own.delete(sendAway);
        if (own.size === 0 && byAgent.get(agent) === own) byAgent.delete(agent);
      };
    },
    sendAway(agent) {
      for (const sendAway of byAgent.get(agent) ?? []) sendAway();
    },
  };
}

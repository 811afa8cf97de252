/**
 * Who may be connected to the API: a bounded number, of whom those go first who have shown no valid credential.
 *
 * So nobody who merely connects, or sends slowly, keeps people out: one more connection costs the oldest stranger its
 * place. Only where everyone is known is the newest one turned away. Agents have places of their own, so that they and
 * people keep none of one another's.
 */
import type { Socket } from "node:net";

export interface Places {
  /** For a new connection, which it may close. */
  take(socket: Socket): void;
  /** It has shown a valid credential, and not an agent's. */
  know(socket: Socket): void;
  /** It has shown an agent's, for something that takes its time. False where agents have no more places. */
  knowAgent(socket: Socket): boolean;
}

/** Connections of agents, on which calls wait and streams are open. */
const agentConnectionsMax = 2_048;

export function createPlaces(connectionsMax: number): Places {
  const strangers = new Set<Socket>();
  const known = new Set<Socket>();
  const agents = new Set<Socket>();
  return {
    take(socket) {
      const [oldest] = strangers;
      if (strangers.size + known.size >= connectionsMax) {
        if (oldest === undefined) {
          socket.destroy();
          return;
        }
        strangers.delete(oldest);
        oldest.destroy();
      }
      strangers.add(socket);
      socket.once("close", () => {
        strangers.delete(socket);
        known.delete(socket);
        agents.delete(socket);
      });
    },
    know(socket) {
      if (strangers.delete(socket)) known.add(socket);
    },
    knowAgent(socket) {
      if (agents.has(socket) || known.has(socket)) return true;
      if (agents.size >= agentConnectionsMax || !strangers.delete(socket)) return false;
      agents.add(socket);
      return true;
    },
  };
}

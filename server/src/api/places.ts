/**
 * Who may be connected to the API: a bounded number, of whom those go first who have shown no valid credential,
 * or that of an agent.
 *
 * So nobody who merely connects, or sends slowly, and no agent keeps people out: one more connection costs the
 * oldest stranger its place. Only where everyone is known is the newest one turned away.
 */
import type { Socket } from "node:net";

export interface Places {
  /** For a new connection, which it may close. */
  take(socket: Socket): void;
  /** It has shown a valid credential, and not an agent's. */
  know(socket: Socket): void;
}

export function createPlaces(connectionsMax: number): Places {
  const strangers = new Set<Socket>();
  const known = new Set<Socket>();
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
      });
    },
    know(socket) {
      if (strangers.delete(socket)) known.add(socket);
    },
  };
}

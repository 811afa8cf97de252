/**
 * Clients that end their side: told to every answer that is open on their connection, as several requests may lie on one.
 *
 * Node closes a connection turns after its client has: by then that client may be back with the same call.
 */
import type { Socket } from "node:net";

export interface Departures {
  /** `leave`: once its client has ended its side. The result takes it back. */
  when(socket: Socket, leave: () => void): () => void;
}

export function createDepartures(): Departures {
  const open = new WeakMap<Socket, Set<() => void>>();
  return {
    when(socket, leave) {
      let leaving = open.get(socket);
      if (leaving === undefined) {
        const all = new Set<() => void>();
        leaving = all;
        open.set(socket, all);
        socket.once("end", () => {
          for (const each of all) each();
        });
      }
      const all = leaving;
      all.add(leave);
      return () => void all.delete(leave);
    },
  };
}

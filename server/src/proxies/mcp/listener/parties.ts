/** Whom the event loop waits for awake: each connection is a party, as whoever has several at a time need not be waited for so. */
import type { Socket } from "node:net";
import type { BusyPoll, Party } from "#/platform/busy-poll.ts";

export function createParties(busyPoll: BusyPoll): (socket: Socket) => Party {
  const parties = new WeakMap<Socket, Party>();
  return (socket) => {
    const known = parties.get(socket);
    if (known !== undefined) return known;
    const party = busyPoll.party();
    parties.set(socket, party);
    return party;
  };
}

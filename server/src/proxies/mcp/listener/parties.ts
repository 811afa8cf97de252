/** Clients as parties of a vigil: each connection is one, as whoever has several at a time is not waited for awake. */
import type { Socket } from "node:net";
import type { Party, Vigil } from "#/platform/vigil.ts";

export function createParties(vigil: Vigil): (socket: Socket) => Party {
  const parties = new WeakMap<Socket, Party>();
  return (socket) => {
    const known = parties.get(socket);
    if (known !== undefined) return known;
    const party = vigil.party();
    parties.set(socket, party);
    return party;
  };
}

/** Asks a server to cancel what a session runs. PostgreSQL takes that on a connection of its own, and answers nothing. */
import { encodeCancelRequest } from "#/proxies/postgres/wire/codec-startup.ts";
import {
  connectTimeoutMs,
  openTcp,
  readyWire,
  type UpstreamEndpoint,
} from "#/proxies/postgres/wire/upstream-wire.ts";

export function requestCancel(
  address: UpstreamEndpoint,
  key: { readonly processId: number; readonly secret: Buffer },
): Promise<void> {
  const tcp = openTcp(address);
  const deadline = setTimeout(() => tcp.socket.destroy(), connectTimeoutMs);
  const { promise, resolve } = Promise.withResolvers<void>();
  tcp.socket.once("close", () => {
    clearTimeout(deadline);
    // The server closes it once the signal is sent.
    resolve();
  });
  readyWire(tcp, address).then(
    ({ incoming: { socket } }) => {
      socket.resume();
      // Its own side stays open as well: who stands between could take a half for all of it, and close before the server has.
      socket.write(encodeCancelRequest(key));
    },
    // What runs goes on.
    () => tcp.socket.destroy(),
  );
  return promise;
}

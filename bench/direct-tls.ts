/**
 * Sessions through TLS from the first byte, without a request for it before: PostgreSQL 17's `sslnegotiation=direct`,
 * which the gateway offers and does not ask of databases itself.
 */
import { once } from "node:events";
import { isIP } from "node:net";
import { connect } from "node:tls";
import type {
  Upstream,
  UpstreamAddress,
} from "../server/src/proxies/postgres/upstream/upstream.ts";
import { signInUpstream } from "../server/src/proxies/postgres/upstream/upstream-sign-in.ts";
import type { BackendMessage } from "../server/src/proxies/postgres/wire/backend-messages.ts";
import { alpnProtocol } from "../server/src/proxies/postgres/wire/client-wire.ts";
import { encodeStartupMessage } from "../server/src/proxies/postgres/wire/codec-startup.ts";
import { decodeBackend } from "../server/src/proxies/postgres/wire/decode-backend.ts";
import { FrameSplitter } from "../server/src/proxies/postgres/wire/frame-splitter.ts";
import { streaming } from "../server/src/proxies/postgres/wire/incoming.ts";
import { endPointBinding } from "../server/src/tls/end-point.ts";

export type Opened = Pick<Upstream, "socket" | "incoming">;

/** Rejects where the address has no TLS, or the session can't be had. */
export async function openDirectly(address: UpstreamAddress): Promise<Opened> {
  const { host, port, tls, user, database, known } = address;
  if (tls === null) throw new Error("there is no TLS from the first byte without a certificate");
  const socket = connect({
    host,
    port,
    secureContext: tls.context,
    ALPNProtocols: [alpnProtocol],
    ...(isIP(tls.serverName) === 0 ? { servername: tls.serverName } : {}),
  });
  socket.setNoDelay(true);
  await once(socket, "secureConnect");
  const certificate = socket.getPeerX509Certificate();
  const incoming = streaming(socket);
  const splitter = new FrameSplitter({ direction: "backend" });
  let wake = () => {};
  let isOver = false;
  incoming.to((chunk) => {
    splitter.push(chunk);
    wake();
    return true;
  });
  socket.once("close", () => {
    isOver = true;
    wake();
  });
  const next = async (): Promise<BackendMessage> => {
    for (;;) {
      const frame = splitter.next();
      if (frame?.kind === "frame") return decodeBackend(frame);
      if (isOver) throw new Error("the connection was lost");
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const binding = certificate === undefined ? null : endPointBinding(certificate.raw);
  const parameters = [
    ["user", user],
    ["database", database],
  ] as const;
  socket.write(encodeStartupMessage(parameters, known.minor));
  await signInUpstream({ incoming, isEncrypted: true, binding }, next, address, known.minor);
  while ((await next()).kind !== "ready_for_query");
  return { socket, incoming };
}

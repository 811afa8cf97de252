/**
 * The line between a browser and the gateway: one address, whatever port the gateway has after a restart,
 * and it can be cut and mended.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface BrowserWire {
  /** Where the browser finds the gateway. */
  readonly origin: string;
  /** The port of the gateway at the other end. */
  leadTo(port: number): void;
  /** Every connection is lost, and nobody answers until it is mended. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function openBrowserWire(): Promise<BrowserWire> {
  const sockets = new Set<Socket>();
  let target: number | null = null;
  let isCut = false;
  const server = createServer({ noDelay: true }, (near) => {
    if (isCut || target === null) return void near.resetAndDestroy();
    const far = connect({ host: "127.0.0.1", port: target, noDelay: true });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const drop = () => sockets.forEach((socket) => socket.destroy());
  return {
    origin: `http://127.0.0.1:${port}`,
    leadTo(gatewayPort) {
      target = gatewayPort;
    },
    cut() {
      isCut = true;
      drop();
    },
    mend() {
      isCut = false;
    },
    async close() {
      drop();
      server.close();
      await once(server, "close");
    },
  };
}

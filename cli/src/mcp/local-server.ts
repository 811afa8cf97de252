/**
 * A tool server on this machine whose every message passes the gateway: its standard input and output are connected to a
 * stream that the gateway holds the other end of, and to nothing else.
 *
 * Guarantees that it is started only once the gateway has taken it, that it ends with the gateway's stream and with this
 * process, and that it finds none of what the command itself is configured with in its environment.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import { type GatewayHttp, GatewayLost } from "./gateway-http.ts";

const serverProtocol = "countersign-server";
/** Names the server that a request is for. */
export const serverHeader = "countersign-server";

export interface LocalServer {
  /** The gateway's name for it, which only this process knows. */
  readonly id: string;
  /** Why: its own exit, or the gateway's end of the stream. */
  readonly ended: Promise<LocalEnd>;
  stop(): void;
}

export type LocalEnd =
  | { readonly kind: "exited"; readonly code: number | null; readonly signal: string | null }
  | { readonly kind: "not_started"; readonly reason: string }
  | { readonly kind: "gateway_lost" };

/** From the end of its input to SIGTERM, and from there to SIGKILL. */
const endMs = 2_000;

export async function startLocalServer(
  command: readonly [string, ...string[]],
  environment: Readonly<Record<string, string | undefined>>,
  gateway: GatewayHttp,
  signal: AbortSignal,
): Promise<LocalServer> {
  const { headers, stream } = await gateway.upgrade(serverProtocol, signal);
  const id = headers[serverHeader];
  if (typeof id !== "string") {
    stream.destroy();
    throw new GatewayLost("it does not name the server", { sent: false });
  }
  const [program, ...args] = command;
  const child = spawn(program, args, {
    stdio: ["pipe", "pipe", "inherit"],
    env: withoutOwn(environment),
  });
  return { id, ended: connect(child, stream), stop: () => stream.destroy() };
}

function connect(
  child: ChildProcess & {
    readonly stdin: NodeJS.WritableStream;
    readonly stdout: NodeJS.ReadableStream;
  },
  stream: Duplex,
): Promise<LocalEnd> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | null = null;
    const over = (end: LocalEnd) => {
      if (timer !== null) clearTimeout(timer);
      stream.end();
      resolve(end);
    };
    for (const each of [child.stdin, child.stdout, stream]) each.on("error", () => {});
    stream.pipe(child.stdin);
    child.stdout.pipe(stream);
    stream.once("close", () => {
      child.stdin.end();
      timer = setTimeout(() => {
        child.kill("SIGTERM");
        timer = setTimeout(() => child.kill("SIGKILL"), endMs);
      }, endMs);
      child.once("close", () => over({ kind: "gateway_lost" }));
    });
    child.once("error", (error: NodeJS.ErrnoException) =>
      over({ kind: "not_started", reason: error.code ?? error.message }),
    );
    child.once("close", (code, signal) => over({ kind: "exited", code, signal }));
  });
}

function withoutOwn(environment: Readonly<Record<string, string | undefined>>) {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith("COUNTERSIGN_")),
  );
}

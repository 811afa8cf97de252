/**
 * A tool server on this machine whose every message passes the gateway: its standard input and output are connected to a
 * stream that the gateway holds the other end of, and to nothing else.
 *
 * Guarantees that it is started only once the gateway has taken it, that it ends with the gateway's stream and with this
 * process, and with it what it has started in its process group, and that it finds none of what the command itself is configured with in its environment.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Duplex, Readable, Writable } from "node:stream";
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
/** From its exit to the end of its output, which a descendant may hold open. */
const lastLinesMs = 2_000;

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
  const child = startProgram(command, withoutOwn(environment));
  if (typeof child === "string") stream.destroy();
  const ended =
    typeof child === "string"
      ? Promise.resolve({ kind: "not_started", reason: child } as const)
      : connect(child, stream);
  return { id, ended, stop: () => stream.destroy() };
}

type Program = ChildProcessByStdio<Writable, Readable, null>;

/** Or why there is none, where that is known at once. It leads a process group: a shell or runner that starts the server may not pass a signal on. */
function startProgram(
  [program, ...args]: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
): Program | string {
  try {
    return spawn(program, args, { stdio: ["pipe", "pipe", "inherit"], env, detached: hasGroups });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

const hasGroups = process.platform !== "win32";

/** The group outlives its leader while anything is in it. */
function signalAll(child: Program, signal: "SIGTERM" | "SIGKILL"): void {
  if (!hasGroups || child.pid === undefined) {
    child.kill(signal);
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nothing is left of it.
  }
}

function connect(child: Program, stream: Duplex): Promise<LocalEnd> {
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
        signalAll(child, "SIGTERM");
        timer = setTimeout(() => signalAll(child, "SIGKILL"), endMs);
      }, endMs);
      child.once("close", () => over({ kind: "gateway_lost" }));
    });
    child.once("exit", () => {
      signalAll(child, "SIGKILL");
      const cut = setTimeout(() => child.stdout.destroy(), lastLinesMs);
      child.once("close", () => clearTimeout(cut));
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

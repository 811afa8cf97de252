/**
 * The process that starts MCP servers for the gateway, so that none of them is a child of the gateway: what they inherit
 * is this process, which has its arguments, an empty environment and one pipe.
 *
 * Guarantees that a server gets the environment, the folder and the three streams of its order and nothing else, whatever files the gateway
 * was started with; that it
 * leads a process group of its own, and that what is left of the group dies with it; that no byte of its streams passes
 * through here; and that when the gateway ends, however that happens, every server has ended soon after, and this process
 * after them.
 *
 * Runs by itself: it knows nothing of MCP and imports nothing of the gateway.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, readdirSync, readFileSync, rmdirSync, unlinkSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { dirname } from "node:path";
import type { FromSpawner, StopSignal, ToSpawner } from "./spawn-messages.ts";

type Order = Extract<ToSpawner, { kind: "start" }>;

/** A server whose gateway is gone has seen the end of its input; after this it is told, and after as long again killed. */
const orphanMs = 2_000;

/** `O_CLOEXEC`, which Node's own all have. */
const closedAtExec = 0o2_000_000;

const running = new Map<number, ChildProcess>();
/** The gateway's, which it can't take away itself where it was killed. */
let gatewaySocket: string | null = null;

closeInherited();
process.on("message", (message) => {
  const order = message as ToSpawner;
  if (order.kind === "signal") signalGroup(running.get(order.id), order.signal);
  else void start(order);
});
process.on("disconnect", () => void endAll());
// Who ends the gateway by Ctrl-C or its unit's stop may reach this process too, which still has servers to end.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

/**
 * What whoever started the gateway has left open is handed down from program to program: Node marks the first few, others would be in every
 * server. On macOS a program is started with what it is given alone.
 */
function closeInherited(): void {
  for (const name of openDescriptors()) {
    const descriptor = Number(name);
    if (descriptor > 2 && isHandedDown(name)) closeSync(descriptor);
  }
}

function openDescriptors(): readonly string[] {
  try {
    return readdirSync("/proc/self/fdinfo");
  } catch {
    return [];
  }
}

function isHandedDown(name: string): boolean {
  try {
    const [, flags = ""] =
      /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, "utf8")) ?? [];
    return flags !== "" && (Number.parseInt(flags, 8) & closedAtExec) === 0;
  } catch {
    // The one by which they were listed.
    return false;
  }
}

async function start(order: Order): Promise<void> {
  const { id } = order;
  gatewaySocket = order.socket;
  const sockets: Socket[] = [];
  try {
    for (const ticket of order.tickets) sockets.push(await openStream(order.socket, ticket));
    const [file, ...rest] = order.command;
    const child = spawn(file, rest, {
      cwd: order.folder,
      env: order.environment,
      stdio: [sockets[0], sockets[1], sockets[2]],
      detached: true,
      windowsHide: true,
    });
    child.once("error", (error: NodeJS.ErrnoException) => {
      if (!running.has(id)) tell({ kind: "failed", id, code: error.code ?? "unknown" });
    });
    child.once("exit", (code, signal) => {
      signalGroup(child, "SIGKILL");
      running.delete(id);
      tell({ kind: "exited", id, code, signal });
    });
    if (child.pid !== undefined) {
      running.set(id, child);
      tell({ kind: "started", id, pid: child.pid });
    }
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    tell({ kind: "failed", id, code });
  } finally {
    // The server has its own by now; an end of the stream has to come from it alone.
    for (const socket of sockets) socket.destroy();
  }
}

/** Paused before it is open: what comes on it is for the server, and never read here. */
function openStream(path: string, ticket: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.pause();
    socket.once("error", reject);
    socket.write(ticket, () => resolve(socket));
  });
}

/** The group outlives its leader while anything is in it. */
function signalGroup(child: ChildProcess | undefined, signal: StopSignal): void {
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nothing is left of it.
  }
}

function tell(message: FromSpawner): void {
  if (process.connected) process.send?.(message);
}

async function endAll(): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (await allEnded(orphanMs)) break;
    for (const child of running.values()) signalGroup(child, signal);
  }
  if (gatewaySocket !== null) removeWithFolder(gatewaySocket);
  process.exit(0);
}

function removeWithFolder(socket: string): void {
  try {
    unlinkSync(socket);
    rmdirSync(dirname(socket));
  } catch {
    // The gateway has done it.
  }
}

function allEnded(ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = () => {
      clearTimeout(deadline);
      resolve(running.size === 0);
    };
    const deadline = setTimeout(settle, ms);
    if (running.size === 0) settle();
    for (const child of running.values()) {
      // After the listener that takes it off.
      child.once("exit", () => {
        if (running.size === 0) settle();
      });
    }
  });
}

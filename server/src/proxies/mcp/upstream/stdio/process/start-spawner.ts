/**
 * The gateway's side of the spawner: starts it when the first server is asked for, again where it died, and keeps it
 * for as long as the gateway runs.
 *
 * Guarantees that whoever started a server hears of its end exactly once, also where the spawner ended first: then what
 * it had started is killed from here, since nobody is left who could be told of it.
 */
import { type ChildProcess, fork } from "node:child_process";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { GatewayError } from "#/core/errors.ts";
import type { Clock } from "#/platform/clock.ts";
import type { FromSpawner, StopSignal, ToSpawner } from "./spawn-messages.ts";
import { openStreamHall, type StreamHall } from "./stream-hall.ts";

export interface ServerOrder {
  readonly command: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface StartedServer {
  readonly pid: number;
  readonly input: Socket;
  readonly output: Socket;
  readonly errors: Socket;
  /** Never rejects. Nulls: it ended with the spawner. */
  readonly exited: Promise<Exit>;
  /** To its whole process group, if it still runs. */
  signal(signal: StopSignal): void;
}

export interface Spawner {
  /** Rejects with `upstream.unreachable`. */
  start(order: ServerOrder): Promise<StartedServer>;
  /** Ends what still runs, and the spawner. */
  close(): Promise<void>;
}

interface Entry {
  readonly started: (pid: number) => void;
  readonly failed: (code: string) => void;
  readonly exited: (exit: Exit) => void;
  pid: number | null;
}

/** It holds pipes and ids, and no data. */
const heapFlags = ["--max-old-space-size=32", "--max-semi-space-size=1"];

export function createSpawner(clock: Clock): Spawner {
  const entries = new Map<number, Entry>();
  let spawner: ChildProcess | null = null;
  let hall: Promise<StreamHall> | null = null;
  let lastId = 0;

  const current = (): ChildProcess => {
    if (spawner !== null) return spawner;
    const child = forkSpawner();
    spawner = child;
    child.on("message", (message) => hear(entries, message as FromSpawner));
    const over = () => {
      if (spawner !== child) return;
      spawner = null;
      endAll(entries);
    };
    // Of its "close" a process that was disconnected may say nothing.
    child.once("exit", over).once("error", over);
    return child;
  };

  return {
    async start(order) {
      hall ??= openHall(clock);
      const opening = hall;
      const { path, draw } = await opening.catch((error: unknown) => {
        if (hall === opening) hall = null;
        throw error;
      });
      const drawn = [draw(), draw(), draw()] as const;
      const id = (lastId += 1);
      const exited = Promise.withResolvers<Exit>();
      const started = new Promise<number>((resolve, reject) => {
        entries.set(id, {
          started: resolve,
          failed: (code) => reject(notStarted(code)),
          exited: exited.resolve,
          pid: null,
        });
      });
      const child = current();
      const send = (message: ToSpawner) => void child.send(message, () => {});
      const [input, output, errors] = drawn;
      send({
        kind: "start",
        id,
        socket: path,
        tickets: [input.ticket, output.ticket, errors.ticket],
        command: order.command,
        environment: order.environment,
        folder: order.folder,
      });
      const arriving = Promise.all(drawn.map(({ stream }) => stream));
      const [pid, streams] = await Promise.all([started, arriving]).catch((error: unknown) => {
        for (const { stream } of drawn)
          void stream.then(
            (each) => each.destroy(),
            () => {},
          );
        throw error;
      });
      const [inputStream, outputStream, errorStream] = streams as [Socket, Socket, Socket];
      return {
        pid,
        input: inputStream,
        output: outputStream,
        errors: errorStream,
        exited: exited.promise,
        signal: (signal) => send({ kind: "signal", id, signal }),
      };
    },
    async close() {
      const ended = spawner;
      if (ended !== null) {
        const closed = new Promise<void>((resolve) => ended.once("exit", () => resolve()));
        ended.disconnect();
        await closed;
      }
      await (await hall?.catch(() => null))?.close();
      hall = null;
    },
  };
}

/** Rejects with `upstream.unreachable`. */
async function openHall(clock: Clock): Promise<StreamHall> {
  try {
    return await openStreamHall(clock);
  } catch (cause) {
    const message =
      "The gateway can't open a socket for servers' streams in the system's temporary folder.";
    throw new GatewayError("upstream.unreachable", message, { cause, details: { sent: false } });
  }
}

/** In a group of its own, so that Ctrl-C at the gateway's terminal ends servers in their order. */
function forkSpawner(): ChildProcess {
  return fork(fileURLToPath(new URL("./spawner.ts", import.meta.url)), [], {
    cwd: "/",
    env: {},
    execArgv: heapFlags,
    detached: true,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
}

function hear(entries: Map<number, Entry>, message: FromSpawner): void {
  const entry = entries.get(message.id);
  if (entry === undefined) return;
  switch (message.kind) {
    case "started":
      entry.pid = message.pid;
      entry.started(message.pid);
      break;
    case "failed":
      entries.delete(message.id);
      entry.failed(message.code);
      break;
    case "exited":
      entries.delete(message.id);
      entry.exited({ code: message.code, signal: message.signal });
  }
}

function endAll(entries: Map<number, Entry>): void {
  for (const entry of entries.values()) {
    if (entry.pid === null) entry.failed("spawner_ended");
    else killGroup(entry.pid);
    entry.exited({ code: null, signal: null });
  }
  entries.clear();
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function notStarted(code: string): GatewayError {
  const why =
    code === "ENOENT"
      ? "there is no such program, or no such folder to run it in"
      : `the system says ${code}`;
  return new GatewayError(
    "upstream.unreachable",
    `The server's command can't be started: ${why}.`,
    {
      details: { sent: false },
    },
  );
}

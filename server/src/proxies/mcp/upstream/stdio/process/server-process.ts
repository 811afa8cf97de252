/**
 * One server that the gateway has started: lines to it, lines from it, and its end.
 *
 * Guarantees that a server that does not read costs no more than its bound, that its last lines are read before its end
 * is told, and that it ends: by itself when its input is closed, else by SIGTERM, else by SIGKILL, with its whole
 * process group (MCP 2025-11-25, lifecycle, shutdown).
 */
import type { Clock } from "#/platform/clock.ts";
import type { Log } from "#/platform/log.ts";
import { openFloodGate } from "#/proxies/mcp/upstream/stdio/link/flood-gate.ts";
import type {
  LineChannel,
  LineChannelEvents,
} from "#/proxies/mcp/upstream/stdio/link/line-channel.ts";
import { splitLines } from "#/proxies/mcp/upstream/stdio/link/lines.ts";
import { writeLines } from "#/proxies/mcp/upstream/stdio/link/write-lines.ts";
import type { ProgramNotes } from "./program-notes.ts";
import { logErrorLines } from "./server-errors.ts";
import type { ServerOrder, Spawner, StartedServer } from "./start-spawner.ts";

/** What waits to be read by one server. With more, a message is refused unsent. */
const unreadBytesMax = 4 * 1024 * 1024;
/** From the end of its input to SIGTERM, and from there to SIGKILL. */
const endMs = 2_000;
/** From its exit to the end of its output, which a descendant may hold open. */
const lastLinesMs = 500;

export interface ServerProcessDeps {
  readonly spawner: Spawner;
  readonly clock: Clock;
  readonly log: Log;
  /** See `logErrorLines`. */
  readonly show: (line: string) => string;
  readonly notes: ProgramNotes;
  readonly messageBytesMax: number;
}

/** Rejects with `upstream.unreachable`. */
export async function startServerProcess(
  order: ServerOrder,
  events: LineChannelEvents,
  deps: ServerProcessDeps,
): Promise<LineChannel> {
  const server = await deps.spawner.start(order);
  const log = deps.log.child({ process: server.pid });
  log.info("mcp.server_started");
  let isEnded = false;
  const split = splitLines(deps.messageBytesMax, events);
  const write = writeLines(server.input);
  const errors = logErrorLines(log, deps.clock, deps.show, deps.notes.said);
  const errorGate = openFloodGate(
    deps.clock,
    () => server.errors.pause(),
    () => server.errors.resume(),
  );
  // A message may be larger than the bound on what waits, if nothing else does.
  const isFull = (bytes: number) =>
    server.input.writableLength > 0 && server.input.writableLength + bytes > unreadBytesMax;
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let wasAsked = false;
  let stopping: Promise<void> | null = null;
  const stop = () => (stopping ??= stopServer(server, ended, deps.clock));

  for (const stream of [server.input, server.output, server.errors]) stream.on("error", () => {});
  server.output.on("data", split);
  server.errors.on("data", (chunk: Buffer) => {
    errors.push(chunk);
    errorGate.countBytes(chunk.length);
  });
  // A server may end the connection from its side, and has then to end itself.
  server.output.once("end", () => void stop());
  void server.exited.then(async ({ code, signal }) => {
    await closed(server.output, deps.clock);
    isEnded = true;
    errorGate.close();
    errors.end();
    for (const stream of [server.input, server.output, server.errors]) stream.destroy();
    if (!wasAsked) deps.notes.ended({ code, signal });
    log[wasAsked ? "info" : "warn"]("mcp.server_ended", { asked: wasAsked, code, signal });
    end();
    events.ended();
  });

  return {
    send(message) {
      if (isEnded || stopping !== null || !server.input.writable) return "ended";
      if (isFull(message.length)) return "full";
      write(message);
      return "sent";
    },
    pause: () => void server.output.pause(),
    resume: () => void server.output.resume(),
    stop() {
      wasAsked = true;
      return stop();
    },
  };
}

async function stopServer(
  server: StartedServer,
  ended: Promise<void>,
  clock: Clock,
): Promise<void> {
  server.input.end();
  // One that was held up has to be read to its end.
  server.output.resume();
  const steps = [
    clock.after(endMs, () => server.signal("SIGTERM")),
    clock.after(endMs + endMs, () => server.signal("SIGKILL")),
  ];
  await ended;
  for (const takeBack of steps) takeBack();
}

/** Read to its end, or as far as it came in time. */
function closed(output: StartedServer["output"], clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    if (output.readableEnded || output.destroyed) {
      resolve();
      return;
    }
    const giveUp = clock.after(lastLinesMs, resolve);
    output.once("close", () => {
      giveUp();
      resolve();
    });
    output.resume();
  });
}

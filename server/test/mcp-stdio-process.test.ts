/** One started server, through its channel: bounds on what waits, and every way in which it ends. */
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import { type ManualClock, manualClock, systemClock } from "#/platform/clock.ts";
import { createLog } from "#/platform/log.ts";
import type { LineChannel } from "#/proxies/mcp/upstream/stdio/link/line-channel.ts";
import {
  createProgramNotes,
  linesKeptMax,
  type ProgramNotes,
} from "#/proxies/mcp/upstream/stdio/process/program-notes.ts";
import { startServerProcess } from "#/proxies/mcp/upstream/stdio/process/server-process.ts";
import { createSpawner } from "#/proxies/mcp/upstream/stdio/process/start-spawner.ts";

const spawner = createSpawner(systemClock);
after(() => spawner.close());

test("a server that ends when its input does is not signalled", async () => {
  const { channel, clock, log, lines } = await start("process.stdin.pipe(process.stdout)");
  assert.equal(channel.send(Buffer.from("{}")), "sent");
  assert.equal(await lines.next(), "{}");
  await channel.stop();
  assert.equal(clock.now(), 0);
  assert.deepEqual(log("mcp.server_ended"), [{ asked: true, code: 0, signal: null }]);
});

test("a server that stays is told by SIGTERM, and one that stays then is killed", async () => {
  const stays = "setInterval(() => {}, 1000); console.log('ready')";
  const polite = await start(stays);
  await polite.lines.next();
  const stopped = polite.channel.stop();
  polite.clock.advance(2_000);
  await stopped;
  assert.deepEqual(polite.log("mcp.server_ended"), [
    { asked: true, code: null, signal: "SIGTERM" },
  ]);

  const stubborn = await start(`process.on("SIGTERM", () => console.log("no")); ${stays}`);
  await stubborn.lines.next();
  const killed = stubborn.channel.stop();
  stubborn.clock.advance(2_000);
  assert.equal(await stubborn.lines.next(), "no");
  stubborn.clock.advance(2_000);
  await killed;
  assert.deepEqual(stubborn.log("mcp.server_ended"), [
    { asked: true, code: null, signal: "SIGKILL" },
  ]);
});

test("what a server wrote last is read before its end is told, and the end is told once", async () => {
  const { channel, lines, ended } = await start(
    "require('fs').writeSync(1, 'x'.repeat(100_000) + '\\nlast\\n'); process.exit(3)",
  );
  assert.equal((await lines.next()).length, 100_000);
  assert.equal(await lines.next(), "last");
  assert.equal(await lines.next(), "(ended)");
  assert.equal(ended(), 1);
  assert.equal(channel.send(Buffer.from("{}")), "ended");
  await channel.stop();
  assert.equal(ended(), 1);
});

test("a server that does not read is sent no more than the bound, and the rest is refused whole", async () => {
  const { channel, clock } = await start("setInterval(() => {}, 1000)");
  const message = Buffer.alloc(1024 * 1024, "x");
  const answers = Array.from({ length: 20 }, () => channel.send(message));
  const sent = answers.indexOf("full");
  assert.ok(sent >= 3 && sent <= 6, `${sent} were taken`);
  assert.ok(answers.slice(sent).every((answer) => answer === "full"));
  const stopped = channel.stop();
  clock.advance(2_000);
  await stopped;
});

test("a message larger than that bound passes where nothing else waits", async () => {
  const { channel, lines } = await start(
    "let bytes = 0; process.stdin.on('data', (chunk) => { bytes += chunk.length; if (bytes > 9e6) console.log(bytes) })",
  );
  assert.equal(channel.send(Buffer.alloc(9_000_000, "x")), "sent");
  assert.equal(await lines.next(), "9000001");
  await channel.stop();
});

test("a server that closes its output is ended", async () => {
  const { lines, log, clock } = await start(
    "require('fs').closeSync(1); process.stdin.on('end', () => process.exit(0)).resume()",
  );
  assert.equal(await lines.next(), "(ended)");
  assert.equal(clock.now(), 0);
  assert.equal(log("mcp.server_ended").length, 1);
});

test("how a server ended that nobody asked to, and its last lines of standard error, are kept for people, so many and no more", async () => {
  const { notes, lines } = await start(
    "for (let at = 0; at < 25; at += 1) console.error('line ' + at); process.exitCode = 3",
  );
  assert.equal(await lines.next(), "(ended)");
  const { said, lastEnd } = notes.current();
  assert.deepEqual(
    [said.length, said.at(-1)?.text],
    // No more than twenty of a second are in the log.
    [linesKeptMax, "line 19"],
  );
  assert.deepEqual(lastEnd, { at: 0, code: 3, signal: null });
  const asked = await start("process.stdin.resume()");
  await asked.channel.stop();
  assert.equal(asked.notes.current().lastEnd, null);
});

test("a paused server is not read, and nothing of it is lost", async () => {
  const { channel, lines } = await start("process.stdin.pipe(process.stdout)");
  channel.pause();
  channel.send(Buffer.from('"held"'));
  const other = await start("process.stdin.pipe(process.stdout)");
  other.channel.send(Buffer.from('"other"'));
  assert.equal(await other.lines.next(), '"other"');
  assert.equal(lines.waiting(), 0);
  channel.resume();
  assert.equal(await lines.next(), '"held"');
  await channel.stop();
  await other.channel.stop();
});

interface Started {
  readonly channel: LineChannel;
  readonly clock: ManualClock;
  readonly lines: { next(): Promise<string>; waiting(): number };
  readonly ended: () => number;
  readonly notes: ProgramNotes;
  /** The fields of each entry of a kind. */
  readonly log: (event: string) => readonly Readonly<Record<string, unknown>>[];
}

async function start(script: string): Promise<Started> {
  const clock = manualClock(0);
  const entries: Readonly<Record<string, unknown>>[] = [];
  const lines: string[] = [];
  let endings = 0;
  let wake = () => {};
  const hear = (line: string) => {
    lines.push(line);
    wake();
  };
  const notes = createProgramNotes(clock);
  const channel = await startServerProcess(
    { command: [process.execPath, "-e", script], environment: {}, folder: tmpdir() },
    {
      line: (bytes) => hear(bytes.toString("utf8")),
      overlong: () => hear("(overlong)"),
      leftOut: () => {},
      ended: () => {
        endings += 1;
        hear("(ended)");
      },
    },
    {
      spawner,
      clock,
      notes,
      log: createLog(
        (line) => void entries.push(JSON.parse(line) as (typeof entries)[0]),
        clock.now,
      ),
      show: (line) => line,
      messageBytesMax: 16 * 1024 * 1024,
    },
  );
  return {
    channel,
    clock,
    lines: {
      waiting: () => lines.length,
      async next() {
        while (lines.length === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        return lines.shift() ?? "";
      },
    },
    ended: () => endings,
    notes,
    log: (event) =>
      entries
        .filter((entry) => entry["event"] === event)
        .map(({ at: _at, level: _level, event: _event, process: _process, ...fields }) => fields),
  };
}

/**
 * The `countersign` command: this process as its context, and its exit code.
 *
 * Guarantees that a reader which goes away (`| head`) changes nothing of what it does.
 */
import { once } from "node:events";
import { homedir } from "node:os";
import { createInterface } from "node:readline/promises";
import { addAbortSignal } from "node:stream";
import type { Context, Input } from "./context.ts";
import type { Terminal } from "./layout.ts";
import { run } from "./program.ts";

const columnsDefault = 80;

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

const context: Context = {
  environment: process.env,
  folder: process.cwd(),
  home: homedir(),
  // npx sets it for what it runs.
  command: process.env["npm_command"] === "exec" ? "npx --no-install countersign" : "countersign",
  now: Date.now,
  terminal: openTerminal(),
  input: openInput(),
  pieces: (signal) =>
    signal === undefined ? process.stdin : addAbortSignal(signal, process.stdin),
  output: writeOut,
  progress: process.stderr.isTTY ? showProgress : null,
};

process.exitCode = await run(process.argv.slice(2), context);

function openTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  return {
    out: (text) => stdout.write(text),
    err: (text) => stderr.write(text),
    columns: stdout.isTTY ? stdout.columns : columnsDefault,
    // https://no-color.org: set and not empty, whatever its value.
    colour: stdout.isTTY && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb",
  };
}

async function writeOut(piece: Uint8Array): Promise<void> {
  if (process.stdout.write(piece)) return;
  // A reader that has gone takes no more, and there is nothing to wait for.
  await Promise.race(["drain", "close"].map((event) => once(process.stdout, event)));
}

function showProgress(line: string): void {
  process.stderr.write(`\r\u001b[K${line}`);
}

function openInput(): Input {
  const { stdin, stdout } = process;
  return {
    async read(bytesMax) {
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of stdin as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > bytesMax) return null;
        chunks.push(chunk);
      }
      return Buffer.concat(chunks).toString("utf8");
    },
    ask:
      stdin.isTTY && stdout.isTTY
        ? async (question) => {
            const lines = createInterface({ input: stdin, output: stdout });
            // Whoever closes the input says no.
            const closed = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
            try {
              return await Promise.race([lines.question(question), closed]);
            } finally {
              lines.close();
            }
          }
        : null,
  };
}

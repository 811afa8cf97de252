/**
 * The `countersign` command: this process as its context, and its exit code.
 *
 * Guarantees that a reader which goes away (`| head`) changes nothing of what it does.
 */
import { homedir } from "node:os";
import type { Context } from "./context.ts";
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

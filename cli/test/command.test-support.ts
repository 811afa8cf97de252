/** A command in a context of its own: what it prints, and how it ends. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { startTestApi, type TestApi } from "../../server/test/support/api.ts";
import type { Context } from "../src/context.ts";
import { run } from "../src/program.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Shell {
  /** The home and working folder. */
  readonly dir: string;
  readonly environment: Record<string, string>;
  readonly run: (...args: readonly string[]) => Promise<Ran>;
}

export function openShell(
  context: { readonly after: (close: () => void) => void },
  changes: Partial<Context> = {},
): Shell {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "countersign-shell-"));
  context.after(() => fs.rmSync(dir, { recursive: true }));
  const environment: Record<string, string> = {};
  return {
    dir,
    environment,
    async run(...args) {
      let out = "";
      let err = "";
      const code = await run(args, {
        environment,
        folder: dir,
        home: dir,
        command: "countersign",
        now: Date.now,
        input: { read: async () => "", ask: null },
        pieces: nothing,
        output: async (piece) => {
          out += Buffer.from(piece).toString("utf8");
        },
        progress: null,
        terminal: {
          out: (text) => {
            out += text;
          },
          err: (text) => {
            err += text;
          },
          columns: 80,
          colour: false,
        },
        ...changes,
      });
      return { code, out, err };
    },
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** A gateway on this machine that has announced itself, and a shell that finds it by its data folder. */
export async function openBesideGateway(
  context: TestContext,
  options: Parameters<typeof startTestApi>[0] = { demoPerson: "dana" },
): Promise<{ readonly api: TestApi; readonly shell: Shell }> {
  const api = await startTestApi(options);
  context.after(api.close);
  announce(api.dir, { url: api.url });
  const shell = openShell(context, { now: api.clock.now });
  shell.environment["COUNTERSIGN_DATA"] = api.dir;
  return { api, shell };
}

export function announce(
  dir: string,
  { url, pid, version }: { readonly url: string; readonly pid?: number; readonly version?: string },
): void {
  const announced = { url, pid: pid ?? process.pid, version: version ?? "0.1.0" };
  fs.writeFileSync(path.join(dir, "gateway.json"), JSON.stringify(announced));
}

export function errorOf({ out }: Ran): { readonly code: string; readonly message: string } {
  const { error } = JSON.parse(out) as { error: { code: string; message: string } };
  return error;
}

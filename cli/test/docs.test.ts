import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { cliErrors } from "../src/failure.ts";
import { openShell, type Shell } from "./command.test-support.ts";

const page = readFileSync(new URL("../../docs/reference/cli.md", import.meta.url), "utf8");

test("docs/reference/cli.md lists every command, and no other", async (context) => {
  const listed = sectionOf("Commands").map((row) => row.replace(/ (\[|-|[A-Z]{2}).*/, ""));
  assert.deepEqual(listed.toSorted(), (await commandsOf(openShell(context))).toSorted());
});

test("docs/reference/cli.md lists every code of the command with its exit code, and no other", () => {
  const listed = [...page.matchAll(/^\| `(cli\.\w+)` \| (\d) \|/gm)];
  assert.deepEqual(
    Object.fromEntries(listed.map(([, code, exit]) => [code, Number(exit)])),
    cliErrors,
  );
});

function sectionOf(title: string): readonly string[] {
  const [, section = ""] = page.split(`## ${title}\n`);
  const [body = ""] = section.split("\n## ");
  return [...body.matchAll(/^\| `([^`]+)` \|/gm)].map(([, row = ""]) => row);
}

/** As `--help` has them, those of groups with the group's name. */
async function commandsOf(shell: Shell, group: readonly string[] = []): Promise<readonly string[]> {
  const { out } = await shell.run(...group, "--help");
  const [, list = ""] = out.split("Commands:\n");
  const names = [...list.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name = ""]) => name);
  const all = await Promise.all(
    names.map(async (name) => {
      const inner = await commandsOf(shell, [...group, name]);
      return inner.length > 0 ? inner : [[...group, name].join(" ")];
    }),
  );
  return all.flat();
}

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { tlogErrors } from "./errors.ts";
import { logProblems, problemsMax } from "./log-report.ts";
import {
  bundleLeavesMax,
  leafBytesMax,
  noteCharsMax,
  proofCharsMax,
  proofHashesMax,
  signaturesMax,
} from "./parse.ts";

const folder = new URL("..", import.meta.url);
const readme = readFileSync(new URL("README.md", folder), "utf8");

test("the example in the README runs as it stands, and prints what the README says", () => {
  const [, example = assert.fail(), printed = assert.fail()] =
    /```ts\n(.*?)```\n\nprints\n\n```\n(.*?)```/s.exec(readme) ?? [];
  const output = execFileSync(process.execPath, ["--input-type=module-typescript", "-"], {
    cwd: folder,
    input: example,
    encoding: "utf8",
  });
  assert.equal(output, printed);
});

test("the README lists every code with its meaning, and no other", () => {
  const listed = [...readme.matchAll(/^\| `([a-z_]+\.[a-z_]+)` +\| (.*?) +\|$/gm)];
  assert.deepEqual(
    listed.map(([, code, meaning]) => [code, meaning]),
    [...Object.entries(tlogErrors), ...Object.entries(logProblems)],
  );
});

test("the library imports nothing but node:crypto and itself", () => {
  const files = readdirSync(new URL("src", folder)).filter(
    (file) => !/(test|fixture)\.ts$/.test(file),
  );
  const imported = files.flatMap((file) => {
    const source = readFileSync(new URL(`src/${file}`, folder), "utf8");
    return [...source.matchAll(/^(?:import|export)?.*\bfrom "(.*)";$/gm)].map(([, name]) => name);
  });
  const foreign = new Set(imported.filter((name) => !name?.startsWith("./")));
  assert.deepEqual([...foreign], ["node:crypto"]);
});

test("codes are listed in order, and none has two meanings", () => {
  for (const codes of [Object.keys(tlogErrors), Object.keys(logProblems)]) {
    assert.deepEqual(codes, codes.toSorted());
  }
  assert(Object.keys(logProblems).every((code) => !(code in tlogErrors)));
});

test("the README states the bounds that are in force", () => {
  const mebibytes = (chars: number) => `${chars / 2 ** 20} MiB`;
  const grouped = (count: number) => count.toLocaleString("en");
  const words = readme.replaceAll(/\s+/g, " ");
  for (const bound of [
    `notes of ${mebibytes(noteCharsMax)} and ${signaturesMax} signatures`,
    `proof files of ${mebibytes(proofCharsMax)} and ${proofHashesMax} hashes`,
    `bundles of ${grouped(bundleLeavesMax)} leaves of ${grouped(leafBytesMax)} bytes`,
    `${problemsMax} problems in a report`,
  ]) {
    assert(words.includes(bound), bound);
  }
});

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { openShell } from "./command.test-support.ts";

const address = "ada@example.com";

function shellWith(context: TestContext, name: string, content: string | Buffer) {
  const shell = openShell(context);
  fs.writeFileSync(path.join(shell.dir, name), content);
  return shell;
}

test("scan says where something was found, and never what", async (context) => {
  const shell = shellWith(context, "note.txt", `first line\nwrite to ${address}\n`);
  for (const options of [[], ["--json"], ["--sarif"]]) {
    const { code, out, err } = await shell.run("scan", "note.txt", ...options);
    assert.equal(code, 1);
    assert.ok(!`${out}${err}`.includes("ada@"));
  }
  const { out } = await shell.run("scan", "note.txt");
  assert.match(out, /note\.txt:2:10 +email/);
});

test("a file in which nothing is found passes", async (context) => {
  const { code, out } = await shellWith(context, "note.txt", "nothing to see\n").run(
    "scan",
    "note.txt",
  );
  assert.equal(code, 0);
  assert.match(out, /Nothing was found/);
});

test("the report in JSON counts by kind and by column", async (context) => {
  const csv = `id,email,note\n1,${address},fine\n2,bob@example.com,"call (415) 555-0132, please"\n`;
  const { out } = await shellWith(context, "people.csv", csv).run("scan", "people.csv", "--json");
  const { format, found, summary, findings } = JSON.parse(out) as {
    format: string;
    found: number;
    summary: unknown;
    findings: readonly { line: number }[];
  };
  assert.equal(format, "csv");
  assert.equal(found, 3);
  assert.deepEqual(summary, [
    { entity: "email", path: "email", count: 2 },
    { entity: "phone_number", path: "note", count: 1 },
  ]);
  assert.deepEqual(
    findings.map(({ line }) => line),
    [2, 3, 3],
  );
});

test("SARIF names each place with its rule", async (context) => {
  const { out } = await shellWith(context, "note.txt", `write to ${address}\n`).run(
    "scan",
    "note.txt",
    "--sarif",
  );
  const { version, runs } = JSON.parse(out) as {
    version: string;
    runs: readonly { results: readonly { ruleId: string; locations: readonly unknown[] }[] }[];
  };
  assert.equal(version, "2.1.0");
  assert.equal(runs[0]?.results[0]?.ruleId, "email");
  assert.deepEqual(runs[0]?.results[0]?.locations, [
    {
      physicalLocation: {
        artifactLocation: { uri: "note.txt" },
        region: { startLine: 1, startColumn: 10 },
      },
    },
  ]);
});

test("the masked copy of a CSV file has its lines, quotes and separators, and none of what was found", async (context) => {
  const csv = `id;email;note\r\n1;${address};"a; ""b"""\r\n2;bob@example.com;"write to ${address}; soon"\r\n`;
  const shell = shellWith(context, "people.csv", csv);
  const { code } = await shell.run("scan", "people.csv", "--mask", "copy.csv");
  assert.equal(code, 0);
  assert.equal(
    fs.readFileSync(path.join(shell.dir, "copy.csv"), "utf8"),
    'id;email;note\r\n1;<EMAIL>;"a; ""b"""\r\n2;<EMAIL>;"write to <EMAIL>; soon"\r\n',
  );
  assert.equal(fs.statSync(path.join(shell.dir, "copy.csv")).mode & 0o777, 0o600);
});

test("the masked copy of JSON Lines is JSON Lines, also where a line is none", async (context) => {
  const lines = `{"email": "x", "n": 1.0}\n{"note": "to ${address}"}\nno json, ${address}\n`;
  const shell = shellWith(context, "data.jsonl", lines);
  await shell.run("scan", "data.jsonl", "--mask", "copy.jsonl", "--with", "tokenise");
  assert.equal(
    fs.readFileSync(path.join(shell.dir, "copy.jsonl"), "utf8"),
    '{"email": "<EMAIL_1>", "n": 1.0}\n{"note": "to <EMAIL_2>"}\nno json, <EMAIL_2>\n',
  );
});

test("where nothing is found the copy is the file to the byte, also if it is no UTF-8", async (context) => {
  const bytes = Buffer.from([0x69, 0x64, 0x2c, 0x61, 0x0a, 0xff, 0xfe, 0x2c, 0x00, 0x0a]);
  const shell = shellWith(context, "odd.csv", bytes);
  await shell.run("scan", "odd.csv", "--mask", "copy.csv");
  assert.deepEqual(fs.readFileSync(path.join(shell.dir, "copy.csv")), bytes);
});

test("a copy on standard output leaves the report to standard error", async (context) => {
  const { out, err } = await shellWith(context, "note.txt", `to ${address}`).run(
    "scan",
    "note.txt",
    "--mask",
    "-",
  );
  assert.equal(out, "to <EMAIL>");
  assert.match(err, /1 place/);
});

test("standard input is scanned as it comes", async (context) => {
  async function* pieces() {
    yield Buffer.from("write to ada@exam");
    yield Buffer.from("ple.com\n");
  }
  const shell = openShell(context, { pieces });
  const { out } = await shell.run("scan", "-", "--json");
  assert.equal((JSON.parse(out) as { found: number }).found, 1);
});

test("a hash needs a key, and gives the same under it", async (context) => {
  const shell = shellWith(context, "note.txt", `to ${address}`);
  assert.equal((await shell.run("scan", "note.txt", "--mask", "-", "--with", "hash")).code, 2);
  fs.writeFileSync(path.join(shell.dir, "key"), "k".repeat(32));
  const options = ["--mask", "-", "--with", "hash", "--key-file", "key"];
  const one = await shell.run("scan", "note.txt", ...options);
  assert.match(one.out, /^to <EMAIL:[0-9a-f]{16}>$/);
  assert.equal((await shell.run("scan", "note.txt", ...options)).out, one.out);
});

test("nothing is overwritten, and what fails leaves no copy behind", async (context) => {
  const shell = shellWith(context, "note.txt", `to ${address}`);
  fs.writeFileSync(path.join(shell.dir, "copy"), "mine");
  const { code, err } = await shell.run("scan", "note.txt", "--mask", "copy");
  assert.equal(code, 1);
  assert.match(err, /cli\.unwritable_file/);
  assert.equal(fs.readFileSync(path.join(shell.dir, "copy"), "utf8"), "mine");
  assert.equal((await shell.run("scan", "gone.txt", "--mask", "other")).code, 1);
  assert.deepEqual(fs.readdirSync(shell.dir).toSorted(), ["copy", "note.txt"]);
});

test("a file that can't be read is told with the reason", async (context) => {
  const shell = openShell(context);
  for (const [file, reason] of [
    ["none.csv", "none.csv does not exist."],
    [".", ". is a folder, and a file is needed."],
  ] as const) {
    const { code, err } = await shell.run("scan", file);
    assert.deepEqual([code, err], [1, `countersign: ${reason} [cli.unreadable_file]\n`]);
  }
});

test("progress is shown where somebody watches, and is gone at the end", async (context) => {
  const shown: string[] = [];
  const shell = openShell(context, { progress: (line) => shown.push(line) });
  fs.writeFileSync(
    path.join(shell.dir, "big.txt"),
    Buffer.alloc(10_485_760, "plain text without anything. "),
  );
  await shell.run("scan", "big.txt");
  assert.match(shown[0] ?? "", /^\[#+ +\] \d+ % +\d+ MiB$/);
  assert.equal(shown.at(-1), "");
});

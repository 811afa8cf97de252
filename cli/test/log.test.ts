import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { LogEntry, LogVerification } from "@countersign/sdk/wire/log";
import type { Status } from "@countersign/sdk/wire/status";
import { formatVerifierKey, generateKey } from "@countersign/tlog/note";
import { errorOf, openBesideGateway, openShell, type Shell } from "./command.test-support.ts";

test("the log lists the newest records, or those from an index on", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  for (let count = 0; count < 3; count += 1) await api.hold();
  const all = JSON.parse((await shell.run("log", "list", "--json")).out) as readonly LogEntry[];
  assert.deepEqual(
    all.map(({ index }) => index),
    [...all.keys()],
  );
  const newest = await shell.run("log", "list", "--limit", "2", "--json");
  assert.deepEqual(JSON.parse(newest.out), all.slice(-2));
  const some = await shell.run("log", "list", "--from", "1", "--limit", "3", "--json");
  assert.deepEqual(JSON.parse(some.out), all.slice(1, 4));
  const human = await shell.run("log", "list", "--from", "0", "--limit", "1");
  assert.match(human.out, /^0 {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}action\.held {2}rev_\w{26}\n$/);
  const none = await shell.run("log", "list", "--from", "1000");
  assert.deepEqual([none.code, none.out], [0, "There are no records there.\n"]);
});

test("on the gateway's machine its folder is verified, with a key that one keeps or its own", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  await api.hold();
  const own = verification((await shell.run("log", "verify", "--json")).out);
  assert.deepEqual([own.ok, own.erased, own.keyFrom, own.problems], [true, 0, "folder", []]);
  const file = await shell.run("log", "verify", "--json", "--key", path.join(api.dir, "log.pub"));
  assert.equal(verification(file.out).keyFrom, "outside");
  const text = await shell.run("log", "verify", "--key", own.key);
  assert.equal(text.code, 0);
  assert.match(text.out, /^The log is whole: \d+ records/);

  const foreign = formatVerifierKey(generateKey("other.example/log"));
  const wrong = await shell.run("log", "verify", "--json", "--key", foreign);
  assert.equal(wrong.code, 1);
  assert.equal(verification(wrong.out).ok, false);
});

test("a data folder is verified without a gateway", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  await api.hold();
  const lone = openShell(context);
  const copied = path.join(lone.dir, "copy");
  fs.cpSync(api.dir, copied, { recursive: true });
  const { code, out } = await lone.run("log", "verify", "--data", "copy", "--json");
  assert.deepEqual([code, verification(out).ok], [0, true]);
  fs.rmSync(path.join(copied, "gateway.json"));
  lone.environment["COUNTERSIGN_DATA"] = "copy";
  const stopped = await lone.run("log", "verify", "--json");
  assert.deepEqual([stopped.code, verification(stopped.out).ok], [0, true]);
  lone.environment["COUNTERSIGN_DATA"] = lone.dir;
  const empty = await lone.run("log", "verify", "--json");
  assert.deepEqual([empty.code, errorOf(empty).code], [3, "cli.not_running"]);
  const absent = await lone.run("log", "verify", "--data", "nope");
  assert.equal(absent.code, 1);
  assert.match(absent.err, /The folder \S+\/nope does not exist\. \[cli\.unreadable_file\]/);
  const file = await lone.run("log", "verify", "--data", "copy/log.pub");
  assert.match(file.err, /log\.pub is a file/);
  const nothing = await shell.run("log", "verify", "--data", lone.dir, "--json");
  assert.equal(nothing.code, 1);
  assert.match(errorOf(nothing).code, /^(store|audit)\./);
});

test("a gateway elsewhere is verified over the API, and a changed record is named", async (context) => {
  let altered = -1;
  const { api, shell } = await openBesideGateway(context, {
    store: (store) => ({
      ...store,
      records: async (from, limit) =>
        (await store.records(from, limit)).map((record) => {
          if (record.index !== altered) return record;
          return { ...record, leaf: Buffer.from(record.leaf).fill("x", 20, 21) };
        }),
    }),
  });
  await useRemotely(shell, api.url, await api.signIn("sam"));
  await api.hold();
  const whole = await shell.run("log", "verify", "--json");
  const { ok, erased, keyFrom } = verification(whole.out);
  assert.deepEqual([whole.code, ok, erased, keyFrom], [0, true, null, "gateway"]);

  altered = 3;
  const changed = await shell.run("log", "verify", "--json");
  assert.equal(changed.code, 1);
  assert.deepEqual(
    verification(changed.out).problems.map(({ index, code }) => [index, code]),
    [[3, "leaf.hash_mismatch"]],
  );
  const human = await shell.run("log", "verify");
  assert.match(human.out, /^The log is NOT whole: 1 problem\.\n\n {2}record 3: /);
});

test("the proof of a review's action is checked anywhere, with the key alone", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const { id, action } = await api.hold();
  const { log } = JSON.parse((await shell.run("status", "--json")).out) as Status;
  const written = await shell.run("log", "proof", id, "--out", "a.proof");
  assert.equal(written.code, 0);
  assert.ok(written.out.endsWith(`\n  countersign verify a.proof --key ${log.key}\n`), written.out);
  const neither = await shell.run("log", "proof", "delete from", "--json");
  assert.deepEqual([neither.code, errorOf(neither).code], [2, "cli.usage"]);
  assert.match(errorOf(neither).message, /id of an action or a review/);
  const byPart = await shell.run("log", "proof", action.id.slice(0, 20), "--json");
  assert.equal((JSON.parse(byPart.out) as { actionId: string }).actionId, action.id);
  const byAction = await shell.run("log", "proof", action.id);
  assert.equal(byAction.out, fs.readFileSync(path.join(shell.dir, "a.proof"), "utf8"));

  const lone = openShell(context);
  fs.copyFileSync(path.join(shell.dir, "a.proof"), path.join(lone.dir, "a.proof"));
  const proven = await lone.run("verify", "a.proof", "--key", log.key, "--json");
  assert.equal(proven.code, 0);
  const { ok, actionId, records } = JSON.parse(proven.out) as {
    ok: boolean;
    actionId: string;
    records: { type: string }[];
  };
  assert.deepEqual([ok, actionId], [true, action.id]);
  assert.deepEqual(
    records.map(({ type }) => type),
    ["action.held", "review.opened"],
  );
  assert.match(
    (await lone.run("verify", "a.proof", "--key", log.key)).out,
    /^Proven: these 2 records/,
  );

  const text = fs.readFileSync(path.join(lone.dir, "a.proof"), "utf8");
  const at = text.indexOf("extra ") + 40;
  const flipped = text[at] === "A" ? "B" : "A";
  fs.writeFileSync(
    path.join(lone.dir, "b.proof"),
    text.slice(0, at) + flipped + text.slice(at + 1),
  );
  const broken = await lone.run("verify", "b.proof", "--key", log.key, "--json");
  assert.equal(broken.code, 1);
  assert.match(errorOf(broken).code, /^(bundle|proof)\./);
  for (const name of ["b.proof", "c.proof"]) {
    const human = await lone.run("verify", name, "--key", log.key);
    assert.deepEqual([human.code, human.out], [1, ""]);
    assert.match(human.err, /^Not proven: /);
  }
  const foreign = formatVerifierKey(generateKey(log.origin));
  const unsigned = await lone.run("verify", "a.proof", "--key", foreign, "--json");
  assert.deepEqual([unsigned.code, errorOf(unsigned).code], [1, "note.unsigned"]);
  const missing = await lone.run("verify", "c.proof", "--key", log.key, "--json");
  assert.deepEqual([missing.code, errorOf(missing).code], [1, "cli.unreadable_file"]);
  const keyless = await lone.run("verify", "a.proof", "--key", "nothing", "--json");
  assert.deepEqual([keyless.code, errorOf(keyless).code], [2, "cli.usage"]);
});

test("policies are checked without a gateway, and every problem is named with file and line", async (context) => {
  const shell = openShell(context);
  const dir = path.join(shell.dir, "policies");
  fs.mkdirSync(dir);
  const rule = 'permit (principal, action in [Countersign::Action::"sql"], resource);\n';
  fs.writeFileSync(path.join(dir, "a.cedar"), `@id("a")\n${rule}`);
  const good = await shell.run("policy", "check", "policies");
  assert.deepEqual([good.code, good.err], [0, ""]);
  assert.match(good.out, /^1 policy, no problems\.\n/);
  fs.writeFileSync(path.join(dir, "b.cedar"), `\n@nonsense("b")\n${rule}\n\npermit (\n`);
  const bad = await shell.run("policy", "check", "policies");
  assert.equal(bad.code, 1);
  assert.match(bad.out, /^policies\/b\.cedar:\d+: /m);
  const absent = await shell.run("policy", "check", "nope");
  assert.deepEqual(absent, { code: 1, out: "nope: The folder does not exist.\n", err: "" });
  const file = await shell.run("policy", "check", "policies/a.cedar");
  assert.equal(file.out, "policies/a.cedar: This is a file; policies are read from a folder.\n");
  const json = await shell.run("policy", "check", "policies", "--json");
  assert.equal(json.code, 1);
  assert.equal((JSON.parse(json.out) as { ok: boolean }).ok, false);
});

async function useRemotely(shell: Shell, url: string, token: string): Promise<void> {
  delete shell.environment["COUNTERSIGN_DATA"];
  Object.assign(shell.environment, { COUNTERSIGN_URL: url, COUNTERSIGN_TOKEN: token });
}

function verification(out: string): LogVerification {
  return JSON.parse(out) as LogVerification;
}

/** Pseudonyms of sessions over the embedded store: numbers at once, values sealed, gone with their lifetime. */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { createSessionVaults, type StoredVaults } from "#/composition/session-vaults.ts";
import { createPseudonyms } from "#/masking/replacement/pseudonyms.ts";
import { type ManualClock, manualClock } from "#/platform/clock.ts";
import { range } from "#/store/conformance/harness.ts";
import type { Store } from "#/store/store.ts";
import { openFolder, temporaryFolder } from "./support/sqlite-store.ts";

const lifetimeMs = 1000;
const silent = { warn: () => {} };

interface Scene {
  readonly dir: string;
  readonly clock: ManualClock;
  store: Store;
  vaults: StoredVaults;
  /** As after the end of the process; without a close what is not saved is lost. */
  restart(close: boolean): Promise<void>;
}

async function begin(context: TestContext): Promise<Scene> {
  const dir = temporaryFolder();
  const clock = manualClock(1_000_000);
  const open = (store: Store) => createSessionVaults({ store, clock, log: silent, lifetimeMs });
  const store = await openFolder(dir);
  const scene: Scene = {
    dir,
    clock,
    store,
    vaults: open(store),
    async restart(close) {
      if (close) await scene.vaults.close();
      await scene.store.close();
      scene.store = await openFolder(dir);
      scene.vaults = open(scene.store);
    },
  };
  context.after(async () => {
    await scene.store.close();
    fs.rmSync(dir, { recursive: true });
  });
  return scene;
}

test("a number is there at once, the same for the same value, and leads back after a restart", async (context) => {
  const scene = await begin(context);
  const vault = scene.vaults.open("importer at shop");
  await vault.opening();
  const pseudonyms = createPseudonyms(vault);
  assert.equal(pseudonyms.numberOf("email", "ada@example.com"), 1);
  assert.equal(pseudonyms.numberOf("email", "bob@example.com"), 2);
  assert.equal(pseudonyms.numberOf("email", "ADA@example.com"), 1);
  await scene.restart(true);
  const again = scene.vaults.open("importer at shop");
  await again.opening();
  const restored = createPseudonyms(again);
  assert.equal(restored.restore("<EMAIL_2> and <EMAIL_1>"), "bob@example.com and ada@example.com");
  assert.equal(restored.numberOf("email", "ada@example.com"), 1);
});

test("whoever asks for the same scope has the same vault, and no other scope has it", async (context) => {
  const { vaults } = await begin(context);
  const [one, same, other] = ["a", "a", "b"].map((scope) => vaults.open(scope));
  assert.ok(one && same && other);
  await Promise.all([one.opening(), same.opening(), other.opening()]);
  assert.equal(one.put("email", "ada", "ada"), 1);
  assert.equal(same.get("email", 1), "ada");
  assert.equal(other.get("email", 1), null);
});

test("a number that was given and not saved is never given again", async (context) => {
  const scene = await begin(context);
  const vault = scene.vaults.open("a");
  await vault.opening();
  const given = [1, 2, 3].map((value) => vault.put("email", `${value}`, `${value}`));
  await scene.restart(false);
  const again = scene.vaults.open("a");
  await again.opening();
  const number = again.put("email", "new", "new") ?? 0;
  assert.ok(number > Math.max(...given.map(Number)));
  const kind = again.put("us_ssn", "new", "new") ?? 0;
  assert.ok(kind > 1, "of a kind that was never saved, either");
});

test("the end of the lifetime erases values from memory and store, and counts go on", async (context) => {
  const scene = await begin(context);
  const vault = scene.vaults.open("a");
  await vault.opening();
  assert.equal(vault.put("email", "ada", "ada@example.com"), 1);
  await scene.vaults.close();
  scene.clock.advance(lifetimeMs);
  assert.equal(vault.get("email", 1), null);
  assert.equal(
    vault.put("email", "ada", "ada@example.com"),
    null,
    "redacted until there is a new one",
  );
  await scene.vaults.open("a").opening();
  assert.ok((vault.put("email", "bob", "bob@example.com") ?? 0) > 1);
  assert.equal(vault.get("email", 1), null);
  await scene.vaults.close();
  scene.clock.advance(lifetimeMs + 1);
  await scene.vaults.endDue();
  assert.deepEqual(await scene.store.pseudonyms("a", 0, 10), []);
});

test("nothing of a value is in the clear on the disk", async (context) => {
  const scene = await begin(context);
  const vault = scene.vaults.open("a");
  await vault.opening();
  vault.put("email", "ada.of.london@example.com", "Ada.Of.London@example.com");
  await scene.vaults.close();
  const files = fs.readdirSync(scene.dir, { recursive: true }).map(String);
  for (const file of files) {
    const name = path.join(scene.dir, file);
    if (!fs.statSync(name).isFile()) continue;
    assert.ok(!/of\.london/i.test(fs.readFileSync(name).toString("latin1")), file);
  }
});

test("what is over is in no file, neither sealed nor its key, also in none of the log that goes before the database", async (context) => {
  const scene = await begin(context);
  const vault = scene.vaults.open("a");
  await vault.opening();
  for (const name of ["ada", "bob", "cleo"]) vault.put("email", name, `${name}@example.com`);
  await scene.vaults.close();
  const sealed = (await scene.store.pseudonyms("a", 0, 10)).map((each) => Buffer.from(each.sealed));
  const erased = [...sealed, ...sealedKeys(scene.dir)];
  assert.equal(erased.length, 4);
  const found = () => erased.filter((bytes) => holding(scene.dir, bytes).length > 0).length;
  assert.equal(found(), 4);
  scene.clock.advance(lifetimeMs + 1);
  await scene.vaults.endDue();
  // It is answered behind what the erasure left to do.
  await scene.store.pseudonyms("a", 0, 10);
  assert.equal(found(), 0);
});

test("an erasure that somebody's reading holds up is finished by the next one", async (context) => {
  const scene = await begin(context);
  const vault = scene.vaults.open("a");
  await vault.opening();
  vault.put("email", "ada", "ada@example.com");
  await scene.vaults.close();
  const [key = assert.fail()] = sealedKeys(scene.dir);
  const reader = new DatabaseSync(path.join(scene.dir, "store.db"), { readOnly: true });
  reader.exec("BEGIN; SELECT count(*) FROM pseudonyms");
  scene.clock.advance(lifetimeMs + 1);
  const end = async () => {
    await scene.vaults.endDue();
    await scene.store.pseudonyms("a", 0, 10);
    return holding(scene.dir, key).length;
  };
  assert.notEqual(await end(), 0);
  reader.close();
  assert.equal(await end(), 0);
});

test("of vaults that have ended among others that go on no key is left, though rows were moved from page to page", async (context) => {
  const { dir, store } = await begin(context);
  const scopes = Array.from({ length: 120 }, (_, n) => `agent ${n}`);
  const expiresAt = (n: number) => (n % 3 === 0 ? 1000 : 100);
  for (const [n, scope] of scopes.entries()) {
    const fresh = { scope, key: `key ${n} `.repeat(4), expiresAt: expiresAt(n) };
    await store.openVault(fresh, 1, scopes.length);
  }
  for (const step of range(2 * scopes.length)) {
    const n = (step * 61) % scopes.length;
    const counts = Object.fromEntries(range((step * 7) % 90).map((kind) => [`kind ${kind}`, step]));
    const added = { scope: `agent ${n}`, expiresAt: expiresAt(n), counts };
    await store.addPseudonyms({ ...added, pseudonyms: [{ at: step + 1, sealed: "sealed" }] });
  }
  const [early, late] = [sealedKeys(dir, 100), sealedKeys(dir, 1000)];
  const left = (keys: readonly Buffer[]) => {
    const all = Buffer.concat(filesOf(dir).map((name) => fs.readFileSync(name)));
    return keys.filter((bytes) => all.includes(bytes)).length;
  };
  assert.deepEqual([left(early), left(late)], [80, 40]);
  await store.endVaults(101);
  assert.equal((await store.pseudonyms("agent 0", 0, 10)).length, 2);
  assert.deepEqual([left(early), left(late)], [0, 40]);
  const opened = await store.openVault({ scope: "agent 0", key: "new", expiresAt: 9 }, 2, 1);
  assert.equal(opened?.key, "key 0 ".repeat(4));
});

/** As they are stored; an outside reader leaves nothing open. */
function sealedKeys(dir: string, expiresAt?: number): readonly Buffer[] {
  const reader = new DatabaseSync(path.join(dir, "store.db"), { readOnly: true });
  try {
    const rows = reader.prepare("SELECT key, expires_at AS expiresAt FROM pseudonym_vaults").all();
    const asked = rows.filter((row) => expiresAt === undefined || row["expiresAt"] === expiresAt);
    return asked.map(({ key }) => Buffer.from(key as Uint8Array));
  } finally {
    reader.close();
  }
}

function filesOf(dir: string): readonly string[] {
  const names = fs
    .readdirSync(dir, { recursive: true })
    .map((name) => path.join(dir, String(name)));
  return names.filter((name) => fs.statSync(name).isFile());
}

function holding(dir: string, bytes: Buffer): readonly string[] {
  return filesOf(dir).filter((name) => fs.readFileSync(name).includes(bytes));
}

test("where a vault can't be had, there is no number", async (context) => {
  const { clock } = await begin(context);
  const store = {
    openVault: () => Promise.reject(new Error("no store")),
    pseudonyms: () => Promise.reject(new Error("no store")),
    addPseudonyms: () => Promise.reject(new Error("no store")),
    endVaults: () => Promise.reject(new Error("no store")),
  };
  const vault = createSessionVaults({ store, clock, log: silent }).open("a");
  assert.equal(vault.put("email", "ada", "ada"), null);
  await vault.opening();
  assert.equal(vault.put("email", "ada", "ada"), null);
});

import assert from "node:assert/strict";
import { chmod, chown, mkdir, mkdtemp, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { tryLockFolder } from "./folder-lock.ts";
import {
  findSharedTemporary,
  openPrivateFolder,
  ownUid,
  readIfPresent,
  writePrivateFile,
} from "./private-folder.ts";

const code = "quickstart.database_failed";

describe("a private folder", () => {
  let parent: string;

  before(async () => {
    parent = await mkdtemp(join(tmpdir(), "countersign-folder-test-"));
  });

  after(async () => {
    await rm(parent, { recursive: true, force: true });
  });

  test("is never a link that somebody put there", async () => {
    await mkdir(join(parent, "elsewhere"), { mode: 0o700 });
    await symlink(join(parent, "elsewhere"), join(parent, "link"));
    const opening = openPrivateFolder(join(parent, "link"), 0o700);
    await assert.rejects(opening, { code, message: /is not a folder/ });
  });

  test("is never one that others may write to", async () => {
    const path = join(parent, "open");
    await mkdir(path);
    await chmod(path, 0o770);
    const opening = openPrivateFolder(path, 0o700);
    await assert.rejects(opening, { code, message: /can be written to by other accounts/ });
  });

  const skip = ownUid() === 0 ? false : "only root can give a folder away";
  test("is never one of another account", { skip }, async () => {
    const path = join(parent, "foreign");
    await mkdir(path, { mode: 0o700 });
    await chown(path, 65_534, 65_534);
    const opening = openPrivateFolder(path, 0o700);
    await assert.rejects(opening, { code, message: /belongs to another account/ });
  });

  test("has the wanted mode, and what leads to it is closed", async () => {
    const path = join(parent, "a", "b");
    await openPrivateFolder(path, 0o711);
    await openPrivateFolder(path, 0o711);
    assert.equal((await stat(path)).mode & 0o777, 0o711);
    assert.equal((await stat(join(parent, "a"))).mode & 0o777, 0o700);
  });

  test("keeps files that only their owner can read", async () => {
    const path = join(parent, "secret");
    assert.equal(await readIfPresent(path), undefined);
    await writePrivateFile(path, "one");
    await writePrivateFile(path, "two");
    assert.equal(await readIfPresent(path), "two");
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  test("is held by one at a time, and is free after the release", () => {
    const first = tryLockFolder(parent);
    const second = tryLockFolder(parent);
    first?.release();
    const third = tryLockFolder(parent);
    third?.release();
    const isHeld = [first, second, third].map((lock) => lock !== undefined);
    assert.deepEqual(isHeld, [true, false, true]);
  });

  test("says so when it can't be locked", () => {
    assert.throws(() => tryLockFolder(join(parent, "missing")), { code });
  });
});

test("another account can pass through the shared temporary folder", async () => {
  const path = await findSharedTemporary();
  assert.equal((await stat(path)).mode & 0o001, 0o001);
});

test("the shared temporary folder is never one that is closed to others", async () => {
  const own = await mkdtemp(join(tmpdir(), "countersign-closed-test-"));
  const previous = process.env["TMPDIR"];
  process.env["TMPDIR"] = own;
  try {
    assert.notEqual(await findSharedTemporary(), own);
  } finally {
    if (previous === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = previous;
    await rm(own, { recursive: true });
  }
});

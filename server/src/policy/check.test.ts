import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  checkPolicyFolder,
  loadPolicyFolder,
  policyFileBytesMax,
  policyFilesMax,
  policyFolderDepthMax,
} from "./check.ts";
import { loadPolicies } from "./load.ts";

const permit = (id: string) =>
  `@id("${id}") permit (principal, action == Countersign::Action::"sql.read", resource);\n`;

function folder(t: TestContext, files: Readonly<Record<string, string | Uint8Array>>): string {
  const dir = mkdtempSync(join(tmpdir(), "policies-"));
  t.after(() => rmSync(dir, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  return dir;
}

const told = async (dir: string) =>
  (await checkPolicyFolder(dir)).problems.map(({ file, message }) => `${file}: ${message}`);

test("all policy files of a folder and its folders are one set", async (t) => {
  const dir = folder(t, {
    "b.cedar": permit("b"),
    "a/c.cedar": permit("c"),
    "a/a.cedar": permit("a"),
    "README.md": "no policy",
  });
  const same = loadPolicies([
    { path: "a/a.cedar", text: permit("a") },
    { path: "a/c.cedar", text: permit("c") },
    { path: "b.cedar", text: permit("b") },
  ]);
  assert(same.ok);
  assert.deepEqual(await checkPolicyFolder(dir), {
    ok: true,
    problems: [],
    warnings: [],
    policies: 3,
    digest: same.set.digest,
  });
  const load = await loadPolicyFolder(dir);
  assert(load.ok);
  assert.deepEqual([...load.set.policies.keys()], ["a", "c", "b"]);
});

test("problems of reading and problems of policies are told together", async (t) => {
  const dir = folder(t, {
    "good.cedar": permit("good"),
    "latin1.cedar": Buffer.from("// caf\xe9\n", "latin1"),
    "large.cedar": " ".repeat(policyFileBytesMax + 1),
    "wrong.cedar": permit("good"),
  });
  symlinkSync(join(dir, "gone"), join(dir, "broken.cedar"));
  mkdirSync(join(dir, "empty.cedar"));
  const check = await checkPolicyFolder(dir);
  assert.deepEqual([check.ok, check.policies, check.digest], [false, 0, null]);
  assert.deepEqual(
    check.problems.map(({ file, message }) => `${file}: ${message}`),
    [
      "broken.cedar: The file can't be read (ENOENT).",
      `large.cedar: A file may have 262144 bytes, this one has 262145.`,
      "latin1.cedar: The file is not UTF-8 text.",
      'wrong.cedar: @id("good") is taken by good.cedar:1.',
    ],
  );
});

test("a folder that is missing, or no folder, or empty is a problem", async (t) => {
  const dir = folder(t, { "file.cedar": permit("a"), "empty/.keep": "" });
  assert.deepEqual(await told(join(dir, "missing")), [".: The folder does not exist."]);
  assert.deepEqual(await told(join(dir, "file.cedar")), [
    ".: This is a file; policies are read from a folder.",
  ]);
  assert.deepEqual(await told(join(dir, "empty")), [
    ".: There is no policy, so nothing could ever be allowed.",
  ]);
});

test("the second copies that a mounted configuration volume keeps are left out", async (t) => {
  const dir = folder(t, { "..2026_01_01/one.cedar": permit("one"), ".#one.cedar": "(" });
  symlinkSync(join(dir, "..2026_01_01"), join(dir, "..data"));
  symlinkSync(join("..data", "one.cedar"), join(dir, "one.cedar"));
  const check = await checkPolicyFolder(dir);
  assert.deepEqual([check.ok, check.policies], [true, 1]);
});

test("a link to a folder is told, not silently skipped", async (t) => {
  const dir = folder(t, { "one.cedar": permit("one") });
  symlinkSync(dir, join(dir, "loop"));
  assert.deepEqual(await told(dir), [
    "loop: Links to folders are not followed; put the policies into the folder itself.",
  ]);
});

test("the number of files and the depth of folders are bounded", async (t) => {
  const many = Object.fromEntries(
    Array.from({ length: policyFilesMax + 1 }, (_, n) => [`${n}.cedar`, ""]),
  );
  assert.match((await told(folder(t, many))).join("\n"), /may have 256 files, this one has 257/);
  const deep = Array.from({ length: policyFolderDepthMax }, () => "d").join("/");
  assert.deepEqual(await told(folder(t, { "a.cedar": permit("a"), [`${deep}/b.cedar`]: "" })), [
    `${deep}: Folders may be nested 8 deep.`,
  ]);
});

test("a rule that holds and says nothing of the sign-in is warned of, and loads all the same", async (t) => {
  const dir = folder(t, {
    "rules.cedar": `
@id("unsaid") @review("1 of dba") permit (principal, action, resource);
@id("said") @review("1 of dba") @assurance("local-demo") permit (principal, action, resource);
@id("runs") permit (principal, action == Countersign::Action::"sql.read", resource);`,
  });
  const check = await checkPolicyFolder(dir);
  assert.equal(check.ok, true);
  assert.deepEqual(
    check.warnings.map(({ policy, line }) => [policy, line]),
    [["unsaid", 2]],
  );
  assert.match(check.warnings[0]?.message ?? "", /@assurance\("session"\)/);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { toolClasses } from "#/core/facts.ts";
import { type ClassifiedTool, classifyTool, classReasons, unclear } from "./classify-tool.ts";
import { toolCorpus } from "./tool-corpus.test-support.ts";
import { strength, wordClasses, wordsOf } from "./tool-words.ts";

const tool = (name: string, some: Partial<ClassifiedTool> = {}): ClassifiedTool => ({
  name,
  inputSchema: null,
  hints: { readOnly: null, destructive: null },
  ...some,
});
const taking = (...names: readonly string[]) => ({
  inputSchema: { type: "object", properties: Object.fromEntries(names.map((name) => [name, {}])) },
});
const classOf = (name: string, some: Partial<ClassifiedTool> = {}) =>
  classifyTool(tool(name, some)).toolClass;

test("tools of public servers are taken for what they are, or for worse", () => {
  let tools = 0;
  for (const [server, rows] of Object.entries(toolCorpus)) {
    for (const row of rows.trim().split("\n")) {
      const groups = /^(\S+) \((.*)\) (\S+) (\w+) (\w+)$/.exec(row.trim())?.slice(1);
      const [name = "", takes = "", hints = "", toolClass, reason] = groups ?? assert.fail(row);
      const hint = (yes: string, no: string) => {
        if (hints.includes(yes)) return true;
        return hints.includes(no) ? false : null;
      };
      const classified = classifyTool({
        name,
        ...taking(...takes.split(" ")),
        hints: { readOnly: hint("R", "r"), destructive: hint("D", "d") },
      });
      assert.deepEqual(classified, { toolClass, reason }, `${server}: ${row}`);
      tools += 1;
    }
  }
  assert(tools > 400);
});

test("a hint that a tool may destroy counts as that where its name does not say what it does, and for a change where it says none", () => {
  for (const readOnly of [true, false, null]) {
    const hints = { readOnly, destructive: true };
    assert.equal(classOf("frobnicate", { hints }), "destructive");
    assert.equal(classOf("frobnicate", { hints, ...taking("to", "body") }), "destructive");
    assert.equal(classOf("run_it", { hints }), "destructive");
    assert.equal(classOf("query", { hints, ...taking("sql") }), "destructive");
    assert.equal(classOf("apply_run", { hints }), "destructive");
    assert.equal(classOf("get_user", { hints }), "write");
    assert.equal(classOf("delete_user", { hints }), "destructive");
    // As servers of browsers say it of whatever is done in a page.
    assert.equal(classOf("browser_click", { hints }), "write");
    assert.equal(classOf("browser_mouse_wheel", { hints }), "write");
    assert.equal(classOf("browser_navigate", { hints, ...taking("url") }), "send");
  }
});

test("a hint makes a tool worse than its name, and better only where the name says nothing", () => {
  const reads = { hints: { readOnly: true, destructive: false } };
  assert.equal(classOf("delete_user", reads), "destructive");
  assert.equal(classOf("send_mail", reads), "send");
  assert.equal(classOf("update_user", reads), "write");
  assert.equal(classOf("frobnicate", reads), "read");
  assert.equal(classOf("frobnicate"), "unknown");
  assert.equal(classOf("get_user", { hints: { readOnly: false, destructive: false } }), "write");
});

test("a word that names a look as often as a change leaves it to the server's word, and any other word beside it does not", () => {
  const reads = { hints: { readOnly: true, destructive: false } };
  for (const name of ["open_nodes", "resolve-library-id", "select_page", "generate_chart"]) {
    assert.equal(classOf(name, reads), "read");
    assert.equal(classOf(name), "write");
    assert.equal(classOf(name, { hints: { readOnly: false, destructive: null } }), "write");
  }
  assert.equal(classOf("open_and_delete", reads), "destructive");
  assert.equal(classOf("generate_email", reads), "send");
  assert.equal(classOf("resolve_query", { ...reads, ...taking("sql") }), "unknown");
  assert.equal(classOf("open_page", { ...reads, ...taking("url") }), "send");
});

test("what is asked about the state of a deed is a read, and a deed behind it is not", () => {
  for (const name of ["check_crawl_status", "preview_send_count", "checkPushStatus"]) {
    assert.equal(classOf(name), "read");
  }
  assert.equal(classOf("status_update"), "write");
  assert.equal(classOf("check_crawl"), "send");
  assert.equal(classOf("check_and_send_status"), "send");
  assert.equal(classOf("update_status"), "write");
  assert.equal(classOf("approval_deny_all"), "destructive");
});

test("what takes an address, a program, or a text and for whom it is, is no read by its name alone", () => {
  assert.equal(classOf("get_page", taking("url")), "send");
  assert.equal(classOf("get_page", taking("webhookUrl")), "send");
  assert.equal(classOf("get_rows", taking("sql")), "unknown");
  assert.equal(classOf("frobnicate", taking("to", "body")), "send");
  const nested = { properties: { request: { properties: { callback_url: {} } } } };
  assert.equal(classOf("get_page", { inputSchema: nested }), "send");
  const alternatives = { anyOf: [{ properties: { id: {} } }, { properties: { command: {} } }] };
  assert.equal(classOf("get_page", { inputSchema: alternatives }), "unknown");
});

test("what is joined to a read is judged too, and what is read of writes is still a read", () => {
  for (const name of ["get_or_create_label", "listAndUpdate", "read-then-write"]) {
    assert.equal(classOf(name), "write", name);
  }
  assert.equal(classOf("search_and_delete"), "destructive");
  assert.equal(classOf("status_update"), "write");
  for (const name of [
    "list_comments",
    "getPushStatus",
    "get_delete_markers",
    "read_status_update",
  ]) {
    assert.equal(classOf(name), "read", name);
  }
});

test("no hint ever makes a tool better than it is without any, but where its name leaves it to the server's word", () => {
  const clear = [...wordClasses.keys()].filter((word) => !unclear.has(word));
  const words = fc.array(fc.constantFrom(...clear, "user", "and", "x"), {
    minLength: 1,
    maxLength: 4,
  });
  const hint = fc.constantFrom(true, false, null);
  const rank = { read: 0, write: 1, unknown: 2, send: 3, destructive: 4 } as const;
  fc.assert(
    fc.property(
      words,
      hint,
      hint,
      fc.subarray(["url", "sql", "to", "body"]),
      (name, a, b, takes) => {
        const bare = classifyTool(tool(name.join("_"), taking(...takes)));
        const hinted = classifyTool(
          tool(name.join("_"), { ...taking(...takes), hints: { readOnly: a, destructive: b } }),
        );
        assert(
          hinted.toolClass === "destructive" ||
            bare.reason === "nameless" ||
            rank[hinted.toolClass] >= rank[bare.toolClass],
        );
        assert(toolClasses.includes(hinted.toolClass) && hinted.reason in classReasons);
      },
    ),
  );
});

test("every word stands in one class, and however a name is spelled its words are the same", () => {
  assert.deepEqual(new Set(wordClasses.values()), new Set(strength));
  for (const name of [
    "getUserByID",
    "get-user_by.id",
    "GET USER/by:id",
    "getUserById",
    "ｇet_user_by_id",
  ]) {
    assert.deepEqual(wordsOf(name), ["get", "user", "by", "id"], name);
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { createToolPins } from "#/audit/tool-pins.ts";
import type { PolicyInput } from "#/core/decision.ts";
import { manualClock } from "#/platform/clock.ts";
import { silentLog } from "#/platform/log.ts";
import { openToolBook } from "#/proxies/mcp/definitions/tool-book.ts";
import { createCredentialScrub } from "#/proxies/mcp/masked/credential.ts";
import { listShown } from "./list-shown.ts";

type Context = Parameters<typeof listShown>[1];

async function open(neverPermits: (input: PolicyInput) => boolean): Promise<Context> {
  const store = { saveTool: async () => "saved" as const, tools: async () => [] };
  const pins = createToolPins(store);
  const clock = manualClock(0);
  const onRejected = async () => {};
  const deps = { connection: "desk", owner: {}, pins, clock, log: silentLog, onRejected };
  const book = await openToolBook(deps);
  const resource = {
    kind: "mcp",
    connection: "desk",
    environment: "test",
    labels: {},
    endpoint: "stdio:desk",
  } as const;
  return {
    connection: { resource, book, scrub: createCredentialScrub(["s3cret-token"]) },
    principal: { kind: "agent", name: "a", groups: [], onBehalfOf: null, people: [] },
    enforcement: { neverPermits },
  } as unknown as Context;
}

const page = (tools: readonly object[]) =>
  Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: 1, result: { tools } }));
const namesIn = (shown: Buffer | null) =>
  shown === null
    ? null
    : (JSON.parse(shown.toString()) as { result: { tools: { name: string }[] } }).result.tools.map(
        ({ name }) => name,
      );

test("a tool is judged as it is listed, the first time too, and left out where it is never permitted", async () => {
  const asked: PolicyInput[] = [];
  const context = await open((input) => {
    asked.push(input);
    return input.facts.family === "mcp" && input.facts.toolClass === "destructive";
  });
  const list = page([{ name: "get_order" }, { name: "delete_order" }, { name: 7 }]);
  assert.deepEqual(namesIn(listShown(list, context, false)), ["get_order"]);
  assert.deepEqual(namesIn(listShown(list, context, true)), ["countersign_status", "get_order"]);
  const [first] = asked;
  assert(first?.facts.family === "mcp");
  assert.deepEqual([first.facts.toolClass, first.facts.definition], ["read", "first"]);
  assert.deepEqual(first.labels, []);
});

test("what passes as it came is the very same, and on the first page the gateway's own tool is added", async () => {
  const context = await open(() => false);
  const list = page([{ name: "get_order" }]);
  assert.equal(listShown(list, context, false), null);
  assert.deepEqual(namesIn(listShown(list, context, true)), ["countersign_status", "get_order"]);
});

test("the gateway's credential stands in no list, on whichever page and whatever else is changed", async () => {
  const context = await open(() => false);
  const list = page([{ name: "get_order", description: "Uses s3cret-token." }]);
  for (const isFirstPage of [true, false]) {
    const shown = listShown(list, context, isFirstPage)?.toString() ?? assert.fail();
    assert(!shown.includes("s3cret-token") && shown.includes("get_order"), shown);
  }
});

test("policy is asked about every tool of a page, and what stands behind as many as a server may have is not listed", async () => {
  let asked = 0;
  const context = await open(({ facts }) => {
    asked += 1;
    return facts.family === "mcp" && facts.name.endsWith("7");
  });
  const tools = Array.from({ length: 2_100 }, (_, at) => ({ name: `get_${at}` }));
  const shown = namesIn(listShown(page(tools), context, false)) ?? assert.fail();
  assert.deepEqual([asked, shown.length], [2_000, 1_800]);
  assert(!shown.some((name) => /7$|^get_20\d\d$/.test(name)));
});

test("of two tools with one name the first is listed, and of two whose names read alike the second without its server's words", async () => {
  const context = await open(() => false);
  const described = (name: string, description: string) => ({ name, description });
  const list = page([
    described("read_file", "Reads."),
    described("read_file", "Reads, and more."),
    described("Read_File ", "Reads too."),
    described("re\u0430d_file", "Reads as well."),
    described("read_files", "Reads them all."),
  ]);
  const shown = listShown(list, context, false)?.toString() ?? assert.fail();
  const { tools } = (
    JSON.parse(shown) as { result: { tools: { name: string; description: string }[] } }
  ).result;
  const words = /^What the server says of this tool is withheld/;
  assert.deepEqual(
    tools.map(({ name, description }) => [name, words.test(description) || description]),
    [
      ["read_file", "Reads."],
      ["Read_File ", true],
      ["re\u0430d_file", true],
      ["read_files", "Reads them all."],
    ],
  );
});

test("no tool of a server's is listed under the gateway's name, or one that reads as it", async () => {
  const context = await open(() => false);
  const names = [
    "countersign_status",
    "Countersign_Status ",
    "c\u043euntersign_status",
    "countersign\u200b_status",
    "countersign_approve",
  ];
  const list = page([...names.map((name) => ({ name })), { name: "countersign" }]);
  assert.deepEqual(namesIn(listShown(list, context, true)), ["countersign_status", "countersign"]);
  assert.deepEqual(namesIn(listShown(list, context, false)), ["countersign"]);
});

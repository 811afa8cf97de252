import assert from "node:assert/strict";
import { test } from "node:test";
import { readsBesides, readsWarning, readText } from "./reads-text.ts";
import type { SessionReads } from "./wire/content.ts";

const read = (
  connection: string,
  data: SessionReads["from"][number]["data"],
  ...tools: readonly string[]
) => ({ connection, data, tools, toolsMore: 0, since: "", at: "" });
const none: SessionReads = { from: [], fromMore: 0, masked: [], isMore: false };

test("what may be carried out, and what may have talked the agent into it, is a sentence of its own", () => {
  const from = [
    read("crm", "confidential", "get_contact"),
    read("hr", "confidential"),
    read("inbox", "untrusted"),
    read("docs", "internal"),
  ];
  assert.equal(
    readsWarning({ ...none, from }),
    "Its session has read confidential data from crm and hr and content from inbox that anybody may have written.",
  );
  assert.equal(readsWarning({ ...none, from: [read("docs", "internal"), read("x", null)] }), null);
  assert.match(readsWarning({ ...none, isMore: true }) ?? "", /more than .* count as read/);
  assert.match(
    readsWarning({ ...none, isMore: true, isUnknown: true }) ?? "",
    /after an update.*twelve hours.* count as read/,
  );
});

test("a connection says what its data is and by which tools it was read", () => {
  const crm = read("crm", "confidential", "get_contact", "list_notes");
  assert.equal(readText(crm), "crm: confidential data, by get_contact and list_notes");
  assert.equal(
    readText({ ...crm, toolsMore: 3 }),
    "crm: confidential data, by get_contact, list_notes and 3 more tools",
  );
  assert.equal(readText({ ...read("x", "public"), toolsMore: 1 }), "x: public data, by 1 tool");
  assert.equal(readText(read("x", null)), "x: data of which nobody has said what it is");
});

test("what is not named is counted, and nothing is not the same as nothing known", () => {
  assert.match(readsBesides(none), /^Nothing, as far as the gateway knows/);
  assert.equal(readsBesides({ ...none, isMore: true }), "");
  const from = [read("x", null)];
  assert.equal(
    readsBesides({ ...none, from, fromMore: 2, masked: ["column", "email", "us_ssn"] }),
    "2 more connections. Masked in it: e-mail address and US SSN and values of masked columns.",
  );
});

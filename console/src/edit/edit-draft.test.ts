import { expect, test } from "vitest";
import { review } from "../review.fixture.ts";
import {
  changedParameters,
  draftProblem,
  type EditDraft,
  emptyDraft,
  isChanged,
  overrideOf,
} from "./edit-draft.ts";

const held = {
  ...review,
  command: "update customers set name = $1, note = $2 where id = $3",
  parameters: [
    { type: 25, format: "text", text: "ada" },
    { type: 25, format: "text", text: null },
    { type: 23, format: "binary", text: "\\x00000007" },
  ],
} as const;
const draft = (more: Partial<EditDraft>): EditDraft => ({ ...emptyDraft, reason: "why", ...more });

test("values that nobody changed are left to the gateway", () => {
  const edit = draft({ command: `${held.command} and true`, values: { 0: "ada", 1: null } });
  expect(overrideOf(edit, held)).toEqual({
    digest: "d1",
    command: `${held.command} and true`,
    parameters: null,
    comment: "why",
  });
});

test("beside a changed value the others are sent as they are shown, NULL and binary ones too", () => {
  expect(overrideOf(draft({ values: { 0: "bob" } }), held).parameters).toEqual([
    "bob",
    null,
    "\\x00000007",
  ]);
  expect(overrideOf(draft({ values: { 0: null, 1: "" } }), held).parameters).toEqual([
    null,
    "",
    "\\x00000007",
  ]);
});

test("the list of values is as long as the edited command needs", () => {
  const edit = draft({
    command: "update customers set name = $1 where id = 7 -- $3",
    values: { 0: "bob" },
  });
  expect(overrideOf(edit, held).parameters).toEqual(["bob"]);
});

test("every value that becomes another, or is used no more, is among the changes", () => {
  const edit = draft({
    command: "update customers set name = $1 where id = 7",
    values: { 0: "b" },
  });
  expect(changedParameters(edit, held).map(({ index, after }) => [index, after])).toEqual([
    [0, { text: "b" }],
    [1, null],
    [2, null],
  ]);
  expect(changedParameters(draft({ values: { 1: null } }), held)).toEqual([]);
});

test("an empty text is not NULL", () => {
  expect(isChanged(draft({ values: { 1: "" } }), held)).toBe(true);
  expect(isChanged(draft({ values: { 1: null } }), held)).toBe(false);
});

const changed = { command: "update customers set name = 'b'" };
const incomplete: readonly (readonly [string, EditDraft, RegExp])[] = [
  ["without a command", draft({ command: " \n" }), /Write what/],
  ["that changes nothing", draft({ command: held.command }), /Nothing has been changed/],
  ["without a reason", draft({ ...changed, reason: " " }), /Say why/],
  ["with a reason that is too long", draft({ ...changed, reason: "é".repeat(2_049) }), /at most/],
  ["that is too large", draft({ values: { 0: "é".repeat(33_000) } }), /64 KiB/],
];

test.each(incomplete)("an edit %s goes no further", (_what, edit, why) => {
  expect(draftProblem(edit, held)).toMatch(why);
});

test("an edit with a reason goes on", () => {
  expect(draftProblem(draft(changed), held)).toBe(null);
});

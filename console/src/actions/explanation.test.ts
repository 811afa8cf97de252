import { expect, test } from "vitest";
import { causes, explain, explainCause, reasonWords } from "./explanation.ts";

const denied = (cause: string | null) => explain({ decision: "deny", cause, quorum: [] });

test("each cause of a denial has words of its own", () => {
  const texts = causes.map(explainCause);
  expect(new Set(texts).size).toBe(causes.length);
  expect(causes.map(denied)).toEqual(texts);
});

test("a denial says whether anyone could change it", () => {
  expect(denied("forbidden")).toMatch(/final: nobody can approve it/);
  expect(denied("unmatched")).toMatch(/what no rule permits is denied/);
  expect(denied("policy_error")).toMatch(/can’t be decided is denied/);
  expect(denied("unsupported")).toMatch(/whatever the rules say/);
});

test("a cause that this console does not know is not made into another one", () => {
  for (const cause of ["quota", "", null]) {
    expect(denied(cause)).toBe("It was denied, and this console does not know the cause.");
  }
});

test("a held action says who is asked, all groups of them", () => {
  const quorum = [
    { group: "dba", needed: 1 },
    { group: "security", needed: 2 },
  ];
  expect(explain({ decision: "review", cause: null, quorum })).toBe(
    "A rule permits it only once people have agreed to it: 1 of dba and 2 of security.",
  );
});

test("a rule whose words are lost says so, and the gateway is not taken for a rule", () => {
  expect(reasonWords({ policy: "writes-wait", text: "" })).toEqual({
    rule: "writes-wait",
    words: "The words of this rule are no longer known.",
  });
  expect(reasonWords({ policy: "gateway", text: "COPY to a file is not carried." })).toEqual({
    rule: "The gateway itself",
    words: "COPY to a file is not carried.",
  });
});

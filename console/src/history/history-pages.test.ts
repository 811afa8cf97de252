import type { ActionSummary } from "@countersign/sdk/wire/action";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { HistoryPage } from "../api/queries.ts";
import { loadedHistory, reachText } from "./history-pages.ts";

function action(id: string): ActionSummary {
  return {
    id,
    at: "2026-11-22T04:54:20.724Z",
    decision: "allow",
    headline: "Read customers in shop, sample",
    verb: "sql.read",
    connection: "shop",
    environment: "sample",
    principal: { kind: "agent", name: "demo-agent" },
    onBehalfOf: null,
    command: "select 1",
    commandIsCut: false,
    reviewId: null,
    reviewState: null,
    outcome: null,
  };
}

const page = (
  ids: readonly string[],
  next: string | null,
  logSize: number | null = 60_500,
): HistoryPage => ({ items: ids.map(action), next, logSize });

test("an empty page with a next one is not the end, and says how far back it looked", () => {
  const { actions, reach } = loadedHistory([page([], "40000"), page([], "20000")]);
  expect(actions).toEqual([]);
  expect(reach).toEqual({ kind: "newest", records: 40_500 });
  expect(reachText(reach)).toBe("the last 40,500 records of the log");
});

test("an empty page without a next one is the end", () => {
  expect(loadedHistory([page([], "20000"), page([], null)]).reach).toEqual({
    kind: "everything",
  });
});

test("how far back it looked is not made up where it can't be told", () => {
  for (const [next, size] of [
    ["20000", null],
    ["a7f3", 60_500],
    ["70000", 60_500],
  ] as const) {
    const { reach } = loadedHistory([page([], next, size)]);
    expect(reach).toEqual({ kind: "newest", records: null });
    expect(reachText(reach)).toBe("the newest part of the log");
  }
});

test("what was written after the first page does not count as looked at", () => {
  const pages = [page([], "60000", 60_500), page([], "40000", 90_000)];
  expect(loadedHistory(pages).reach).toEqual({ kind: "newest", records: 20_500 });
});

test("every action of every page is there once, in the order in which the pages came", () => {
  const ids = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 30 });
  fc.assert(
    fc.property(ids, fc.array(fc.nat(6)), (all, lengths) => {
      const pages: HistoryPage[] = [];
      let at = 0;
      for (const length of lengths) {
        pages.push(page(all.slice(at, at + length), String(1000 - at)));
        at += length;
      }
      pages.push(page(all.slice(at), null));
      // A page that was read again brings what is there already.
      const twice = [...pages, page(all.slice(0, 2), null)];
      expect(loadedHistory(twice).actions.map(({ id }) => id)).toEqual(all);
    }),
  );
});

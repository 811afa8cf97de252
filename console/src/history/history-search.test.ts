import * as fc from "fast-check";
import { expect, test } from "vitest";
import { formatSearch, parseSearch } from "../search-params.ts";
import {
  activeFilters,
  askerNames,
  decisionNames,
  type HistorySearch,
  historyFilter,
  nameCharsMax,
  parseHistorySearch,
  verbNames,
  withFilter,
} from "./history-search.ts";

const keysOf = <Key extends string>(names: Readonly<Record<Key, string>>) =>
  fc.constantFrom(...(Object.keys(names) as Key[]));
/** Also such that look like numbers, JSON, or a piece of an address. */
const names = fc.oneof(
  fc.constantFrom("7", "007", "1e5", "true", "null", '"a"', "{}", "a&b=c", "a+b", "50%", "#", "ö"),
  fc.string({ minLength: 1, maxLength: nameCharsMax, unit: "grapheme" }),
);
const searches: fc.Arbitrary<HistorySearch> = fc
  .record(
    {
      decision: keysOf(decisionNames),
      connection: names,
      principal: names,
      asker: keysOf(askerNames),
      verb: keysOf(verbNames),
    },
    { requiredKeys: [] },
  )
  .map(parseHistorySearch);

test("filters come out of the address as they went in, whatever the names are", () => {
  fc.assert(
    fc.property(searches, (search) => {
      expect(parseHistorySearch(parseSearch(formatSearch({ ...search })))).toEqual(search);
    }),
  );
});

test("what the gateway itself asked is left out unless it is asked for", () => {
  expect(historyFilter({ connection: "shop" })).toEqual({ connection: "shop", asker: "clients" });
  expect(historyFilter({ asker: "gateway" })).toEqual({ asker: "gateway" });
  expect(historyFilter({ asker: "everyone", verb: "sql.read" })).toEqual({ verb: "sql.read" });
});

test("an address without filters has no question in it", () => {
  expect(formatSearch({})).toBe("");
  expect(parseHistorySearch(parseSearch(""))).toEqual({});
});

test("what the gateway would refuse is left out of the filters", () => {
  const long = "a".repeat(nameCharsMax + 1);
  const address = `?decision=maybe&connection=&principal=${long}&verb=toString&page=3`;
  expect(parseHistorySearch(parseSearch(address))).toEqual({});
});

test("each filter that is set is shown with its words, and none that is not", () => {
  fc.assert(
    fc.property(searches, (search) => {
      const shown = activeFilters(search);
      expect(shown.map(({ field }) => field).toSorted()).toEqual(Object.keys(search).toSorted());
      expect(shown.every(({ value }) => value !== "")).toBe(true);
    }),
  );
});

test("taking one filter away leaves the others as they are", () => {
  const search = { decision: "deny", connection: "shop", verb: "sql.write" } as const;
  expect(withFilter(search, "connection", "")).toEqual({ decision: "deny", verb: "sql.write" });
  expect(withFilter(search, "principal", " demo-agent ")).toEqual({
    ...search,
    principal: "demo-agent",
  });
});

/** What masking a result finds, misses and takes too much of, and what it costs, on results made up in `result-sets.ts`. */
import assert from "node:assert";
import { entityNames } from "../../server/src/core/entity.ts";
import type { Mask } from "../../server/src/core/obligation.ts";
import type { Finder } from "../../server/src/masking/finder.ts";
import { replacementsOf } from "../../server/src/masking/replacement/replacements.ts";
import { createPlanCache } from "../../server/src/proxies/postgres/masked/rows/plan-cache.ts";
import { planColumns } from "../../server/src/proxies/postgres/masked/rows/plan-columns.ts";
import { RowMasker } from "../../server/src/proxies/postgres/masked/rows/row-masker.ts";
import {
  builtInTypes,
  unknownType,
} from "../../server/src/proxies/postgres/masked/values/value-types.ts";
import { decodeBackend } from "../../server/src/proxies/postgres/wire/decode-backend.ts";
import { encodeDataRow } from "../../server/src/proxies/postgres/wire/encode-backend.ts";
import { frameOf } from "../../server/src/proxies/postgres/wire/frame.ts";
import { type Cell, type ResultSet, resultSet, resultSetNames } from "./result-sets.ts";

const rowsOfEach = 5000;
const pieceBytes = 65_536;

const replacements = replacementsOf(Buffer.alloc(32));
const typeOf = (oid: number) => builtInTypes.get(oid) ?? unknownType;
const typeOids: ReadonlyMap<string, number> = new Map(
  Object.entries({
    bool: 16,
    int8: 20,
    int4: 23,
    text: 25,
    float8: 701,
    varchar: 1043,
    timestamptz: 1184,
    numeric: 1700,
    uuid: 2950,
    jsonb: 3802,
  }),
);

/** As a rule would have it that masks everything that can be found. */
const everything: readonly Mask[] = entityNames.map((entity) => ({
  target: { kind: "entity", entity },
  masker: "redact",
}));

function maskerOf(finder: Finder, { columns }: ResultSet): RowMasker {
  const described = columns.map(({ name, type }) => ({
    name: name ?? "",
    tableOid: 0,
    columnNumber: 0,
    typeOid: typeOids.get(type ?? "text") ?? 25,
    typeSize: -1,
    typeModifier: -1,
    format: 0 as const,
  }));
  const plan = planColumns(described, () => ({ kind: "clear", from: null }), {
    finder,
    replacements,
    masks: everything,
    typeOf,
    counts: new Map(),
    cache: createPlanCache(),
  });
  return new RowMasker(plan);
}

function messageOf(cells: readonly Cell[]): Buffer {
  return encodeDataRow(cells.map(({ text }) => (text === null ? null : Buffer.from(text))));
}

/** Bytes of values, and what masks all of them once, as the gateway does it: in pieces as they come from a socket. */
export function plannedRows(finder: Finder): { readonly bytes: number; readonly run: () => void } {
  const set = resultSet("customers", rowsOfEach);
  const masker = maskerOf(finder, set);
  const messages = Buffer.concat(set.rows.map(messageOf));
  const bytes = set.rows.flat().reduce((sum, { text }) => sum + Buffer.byteLength(text ?? ""), 0);
  return {
    bytes,
    run() {
      for (let at = 0; at < messages.length; at += pieceBytes)
        masker.push(messages.subarray(at, at + pieceBytes));
    },
  };
}

/** Of each result: how many cells leak, and how many are masked that hold nothing. */
export function rowQuality(finder: Finder): readonly string[] {
  const totals = { sensitive: 0, leaked: 0, others: 0, over: 0 };
  const lines = resultSetNames.map((name) => {
    const counts = count(finder, resultSet(name, rowsOfEach));
    for (const key of ["sensitive", "leaked", "others", "over"] as const)
      totals[key] += counts[key];
    return line(name, counts);
  });
  return [
    "| result | sensitive cells | leaked | other cells | over-masked |",
    "| --- | --- | --- | --- | --- |",
    ...lines,
    line("all", totals),
  ];
}

type Counts = Record<"sensitive" | "leaked" | "others" | "over", number>;

function line(name: string, { sensitive, leaked, others, over }: Counts): string {
  const share = (part: number, whole: number) =>
    `${part} (${((100 * part) / Math.max(1, whole)).toFixed(2)} %)`;
  return `| ${name} | ${sensitive} | ${share(leaked, sensitive)} | ${others} | ${share(over, others)} |`;
}

function count(finder: Finder, set: ResultSet): Counts {
  const masker = maskerOf(finder, set);
  const counts = { sensitive: 0, leaked: 0, others: 0, over: 0 };
  for (const cells of set.rows) {
    const row = messageOf(cells);
    const message = decodeBackend(frameOf(masker.push(row) ?? row));
    assert(message.kind === "data_row");
    for (const [index, { text, sensitive }] of cells.entries()) {
      if (text === null) continue;
      const shown = message.values[index]?.toString() ?? "";
      if (sensitive === null) {
        counts.others += 1;
        if (shown !== text) counts.over += 1;
      } else {
        counts.sensitive += 1;
        if (leaks(shown, sensitive)) counts.leaked += 1;
      }
    }
  }
  return counts;
}

/** Whether half of it is still to be seen, in one piece. */
function leaks(shown: string, sensitive: string): boolean {
  const length = Math.max(3, Math.ceil(sensitive.length / 2));
  for (let at = 0; at + length <= sensitive.length; at += 1)
    if (shown.includes(sensitive.slice(at, at + length))) return true;
  return false;
}

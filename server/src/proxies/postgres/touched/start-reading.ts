import { columnsIn } from "./expression.ts";
import { query } from "./query.ts";
import type { Reading } from "./reading.ts";
import type { Relations } from "./relations.ts";

/** Nothing is found yet. */
export function readingOf(catalogue: Relations): Reading {
  const reading: Reading = {
    catalogue,
    relations: new Set(),
    used: new Set(),
    besides: new Set(),
    views: new Map(),
    viewDepth: 0,
    nodes: 0,
    query: (select, outer) => query(select, outer, reading),
    columnsIn: (node, scope) => columnsIn(node, scope, reading),
  };
  return reading;
}

/** The words in which a value is judged under a schema, for the parts that judge it. */
import type { Json } from "#/core/json.ts";
import type { JsonNode } from "#/proxies/mcp/json/json-node.ts";
import type { Shown } from "./schema-assertions.ts";

/**
 * From best to worst. `trusted`: it can't be told by itself, but rests on nothing that was changed, so that it holds where it held before.
 */
export const verdicts = ["valid", "trusted", "unknown", "invalid"] as const;
export type Verdict = (typeof verdicts)[number];

/**
 * `changed`: what was changed is judged, and what fails is told; the rest is the server's to answer for. Within choices every value
 * counts and what fails is no failure yet: `now` as it would pass, `before` as the server sent it.
 */
export type Mode = "changed" | "now" | "before";

export interface At {
  readonly node: JsonNode;
  /** References that have led here. */
  readonly refs: number;
  readonly mode: Mode;
}

export interface Judging {
  judge(part: Json | undefined, at: At): Verdict;
  /** Of the steps that one judgement may take. Throws where that was the last. */
  countStep(count?: number): void;
  /** Notes what it says of the value, and returns it. */
  tell(at: At, verdict: Verdict): Verdict;
  isChanged(node: JsonNode, mode: Mode): boolean;
  /** Undefined for lists and objects. */
  shownOf(node: JsonNode, mode: Mode): Shown;
  /** Of any value: the same text for what JSON Schema calls equal (§4.2.2). */
  textOf(node: JsonNode, mode: Mode): string;
  /** Null where it leads nowhere that is known, or too far. */
  resolved(ref: Json, at: At): Json | null;
}

export function worst(all: readonly Verdict[]): Verdict {
  return verdicts.findLast((verdict) => all.includes(verdict)) ?? "valid";
}

export function isFine(verdict: Verdict): boolean {
  return verdict === "valid" || verdict === "trusted";
}

/** Null: it can't be told. */
export function verdictOf(isValid: boolean | null): Verdict {
  if (isValid === null) return "unknown";
  return isValid ? "valid" : "invalid";
}

/** Of what can't be judged: it holds as it held before, unless something that it rests on was changed. */
export function asBefore({ mode }: At, isTouched: boolean): Verdict {
  if (mode === "before" || isTouched) return "unknown";
  return mode === "changed" ? "valid" : "trusted";
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

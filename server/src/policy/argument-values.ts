/**
 * The arguments of a call that rules name, as Cedar's values.
 *
 * A value that is not of the type that rules use it as has no place in Cedar: it is told apart, so that nobody takes it for absent. So is a
 * number whose digits would be lost.
 */
import type { CedarValueJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { JsonObject, McpFacts } from "#/core/facts.ts";
import type { Json } from "#/core/json.ts";
import { pathText } from "#/core/json-leaves.ts";
import type { ArgumentPath, ArgumentType } from "./argument.ts";

export interface ReadArguments {
  /** As nested as they were sent. */
  readonly record: CedarRecord;
  /** Those whose values don't fit. */
  readonly misfits: readonly ArgumentPath[];
  /** The same text exactly where Cedar is told the same, and the same does not fit. */
  readonly key: string;
}

interface CedarRecord {
  [key: string]: CedarValueJson;
}

/** Of a list; a longer one does not fit. */
const argumentItemsMax = 1_000;

export function readArguments(
  { arguments: given, rounded }: Pick<McpFacts, "arguments" | "rounded">,
  paths: readonly ArgumentPath[],
): ReadArguments {
  const record: CedarRecord = {};
  const misfits: ArgumentPath[] = [];
  const told: unknown[] = [];
  for (const path of paths) {
    const value = valueAt(given, path.keys);
    if (value === undefined) {
      told.push(0);
      continue;
    }
    const isRounded = rounded.includes(pathText(["arguments", ...path.keys]));
    const cedar = value === misplaced || isRounded ? null : cedarOf(value, path, paths);
    if (cedar === null) {
      misfits.push(path);
      told.push(1);
      continue;
    }
    if (isOuter(path, paths)) ensure(record, path.keys);
    else put(record, path.keys, cedar);
    told.push([cedar]);
  }
  return { record, misfits, key: JSON.stringify(told) };
}

/** What stands where members would have to stand. */
const misplaced = Symbol("misplaced");

function valueAt(given: JsonObject, keys: readonly string[]): Json | typeof misplaced | undefined {
  let value: Json = given;
  for (const key of keys) {
    if (!isObject(value)) return misplaced;
    if (!Object.hasOwn(value, key)) return undefined;
    value = value[key] as Json;
  }
  return value;
}

function isOuter({ keys }: ArgumentPath, paths: readonly ArgumentPath[]): boolean {
  return paths.some(
    (other) =>
      other.keys.length > keys.length && keys.every((key, depth) => other.keys[depth] === key),
  );
}

/** Null where it does not fit. Where rules name members of it, it has to have some. */
function cedarOf(
  value: Json,
  path: ArgumentPath,
  paths: readonly ArgumentPath[],
): CedarValueJson | null {
  if (isOuter(path, paths)) return isObject(value) ? true : null;
  return toCedar(value, path.type);
}

/** Null where it does not fit. */
function toCedar(value: Json, type: ArgumentType): CedarValueJson | null {
  switch (type) {
    case "any":
      return true;
    case "Bool":
      return typeof value === "boolean" ? value : null;
    case "String":
      return typeof value === "string" && value.isWellFormed() ? value : null;
    case "Long":
      return typeof value === "number" && Number.isSafeInteger(value) ? value + 0 : null;
    case "decimal":
      return typeof value === "number" ? decimalOf(value) : null;
    case "Set<Bool>":
    case "Set<Long>":
    case "Set<String>":
      return listOf(value, elementTypes[type]);
  }
}

const elementTypes = { "Set<Bool>": "Bool", "Set<Long>": "Long", "Set<String>": "String" } as const;

function listOf(value: Json, type: ArgumentType): CedarValueJson | null {
  if (!Array.isArray(value) || value.length > argumentItemsMax) return null;
  const items = (value as readonly Json[]).map((item) => toCedar(item, type));
  return items.some((item) => item === null) ? null : items;
}

/** Cedar's has four places, and 64 bits in all: what needs more does not fit, and is never rounded. */
function decimalOf(value: number): CedarValueJson | null {
  const [, whole, fraction = "0"] =
    /^(-?[0-9]{1,15})(?:\.([0-9]{1,4}))?$/.exec(String(value)) ?? [];
  if (whole === undefined) return null;
  const arg = `${whole}.${fraction}`;
  const scaled = BigInt(whole + fraction.padEnd(4, "0"));
  return scaled >= -(2n ** 63n) && scaled < 2n ** 63n ? { __extn: { fn: "decimal", arg } } : null;
}

function put(record: CedarRecord, keys: readonly string[], value: CedarValueJson): void {
  const last = keys.at(-1) ?? "";
  define(ensure(record, keys.slice(0, -1)), last, value);
}

function ensure(record: CedarRecord, keys: readonly string[]): CedarRecord {
  let at = record;
  for (const key of keys) {
    const inner = Object.hasOwn(at, key) ? (at[key] as CedarRecord) : {};
    if (!Object.hasOwn(at, key)) define(at, key, inner);
    at = inner;
  }
  return at;
}

/** Assigning `__proto__` would set the prototype and lose the member. */
function define(record: CedarRecord, key: string, value: CedarValueJson): void {
  Object.defineProperty(record, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

function isObject(value: Json): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

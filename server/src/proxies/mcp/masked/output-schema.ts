/**
 * Where an answer's masked `structuredContent` breaks the output schema that its tool states (JSON Schema 2020-12).
 *
 * Judges what masking has changed and nothing else: that the rest is valid is the server's to answer for. Guarantees to say "broken" wherever it
 * can't tell (a pattern, a format, a keyword or a reference that it does not know), so that what was changed passes only where it is valid for sure.
 * Hostile schemas: bounded in steps; no pattern of theirs is ever run.
 */
import type { Json } from "#/core/json.ts";
import type { Edits } from "./edits.ts";
import type { JsonArray, JsonNode, JsonObject } from "./json-tree.ts";
import {
  assertions,
  isSchemaObject,
  notes,
  type SchemaObject,
  type Shown,
  typesOf,
} from "./schema-assertions.ts";

/** Values looked at under a part of the schema. With more, all of it counts as broken. */
const schemaStepsMax = 200_000;
/** References that lead to references. */
const schemaRefsMax = 32;

export type Broken = "invalid" | "unknown";
type Verdict = "valid" | Broken;

interface At {
  readonly node: JsonNode;
  readonly refs: number;
  /** Within `anyOf` and its like every value counts, and what fails is no failure yet. */
  readonly isBranch: boolean;
}

class TooLong extends Error {}

/** Values of the tree at which it is broken for sure, or not known to hold. */
export function brokenIn(
  schema: Json,
  text: string,
  root: JsonNode,
  edits: Edits,
): ReadonlyMap<JsonNode, Broken> {
  const broken = new Map<JsonNode, Broken>();
  let steps = 0;
  try {
    judge(schema, { node: root, refs: 0, isBranch: false });
    return broken;
  } catch (error) {
    if (error instanceof TooLong) return new Map([[root, "unknown"]]);
    throw error;
  }

  function judge(part: Json | undefined, at: At): Verdict {
    steps += 1;
    if (steps > schemaStepsMax) throw new TooLong();
    const isSkipped = !at.isBranch && !edits.changed.has(at.node);
    if (isSkipped || part === undefined || part === true) return "valid";
    if (!isSchemaObject(part)) return tell(at, part === false ? "invalid" : "unknown");
    return worst(
      Object.keys(part)
        .filter((keyword) => !notes.has(keyword))
        .map((keyword) => byKeyword(keyword, part, at)),
    );
  }

  function byKeyword(keyword: string, part: SchemaObject, at: At): Verdict {
    const value = part[keyword] as Json;
    const { node } = at;
    const shown = shownOf(node);
    const assertion = assertions[keyword];
    if (assertion !== undefined) {
      return tell(at, verdictOf(assertion(value, shown, part, edits.changed.has(node))));
    }
    switch (keyword) {
      case "type":
        return tell(at, verdictOf(isOfType(value, part, shown, node)));
      case "$ref":
        return judgeRef(value, at);
      case "allOf":
        return worst(listOf(value).map((each) => judge(each, at)));
      case "anyOf":
      case "oneOf":
        return tell(at, judgeChoice(keyword, listOf(value), at));
      default:
        if (memberKeywords.has(keyword)) {
          return node.kind === "object" && shown === undefined
            ? byMembers(keyword, part, node, at)
            : "valid";
        }
        if (itemKeywords.has(keyword)) {
          return node.kind === "array" && shown === undefined
            ? byItems(keyword, part, node, at)
            : "valid";
        }
        return tell(at, "unknown");
    }
  }

  function judgeRef(ref: Json, at: At): Verdict {
    const part = at.refs >= schemaRefsMax ? null : resolved(schema, ref);
    return part === null ? tell(at, "unknown") : judge(part, { ...at, refs: at.refs + 1 });
  }

  function judgeChoice(keyword: "anyOf" | "oneOf", parts: readonly Json[], at: At): Verdict {
    const verdicts = parts.map((each) => judge(each, { ...at, isBranch: true }));
    const valid = verdicts.filter((each) => each === "valid").length;
    const unknown = verdicts.filter((each) => each === "unknown").length;
    if (keyword === "anyOf") return valid > 0 ? "valid" : unknown > 0 ? "unknown" : "invalid";
    return unknown > 0 && valid < 2 ? "unknown" : valid === 1 ? "valid" : "invalid";
  }

  function byMembers(keyword: string, part: SchemaObject, owner: JsonObject, at: At): Verdict {
    const value = part[keyword] as Json;
    const members = owner.members.filter(
      (each) => edits.values.get(each.value)?.kind !== "removed",
    );
    const nameOf = (member: (typeof members)[number]) => edits.keys.get(member) ?? member.key;
    const isChanged = (member: (typeof members)[number]) =>
      edits.keys.has(member) || edits.changed.has(member.value);
    const judgeAll = (some: typeof members, partOf: (name: string) => Json | undefined): Verdict =>
      worst(some.map((each) => judge(partOf(nameOf(each)), { ...at, node: each.value })));
    switch (keyword) {
      case "required": {
        const named = new Set<Json>(members.map(nameOf));
        return tell(at, verdictOf(listOf(value).every((name) => named.has(name))));
      }
      case "minProperties":
        return tell(at, verdictOf(members.length >= Number(value)));
      case "maxProperties":
        return tell(at, verdictOf(members.length <= Number(value)));
      case "properties":
        return judgeAll(members, (name) => ownOf(value, name));
      case "additionalProperties": {
        const others = members.filter(
          (each) => ownOf(part["properties"], nameOf(each)) === undefined,
        );
        // Which of them a pattern names is not known here.
        if (part["patternProperties"] !== undefined) {
          return tell(at, others.some(isChanged) || at.isBranch ? "unknown" : "valid");
        }
        if (value !== false) return judgeAll(others, () => value);
        const isWrong = at.isBranch ? others.length > 0 : others.some(isChanged);
        return tell(at, verdictOf(!isWrong));
      }
      default:
        return tell(at, at.isBranch || members.some(isChanged) ? "unknown" : "valid");
    }
  }

  function byItems(keyword: string, part: SchemaObject, owner: JsonArray, at: At): Verdict {
    const value = part[keyword] as Json;
    const { items } = owner;
    const judgeAll = (from: number, partOf: (index: number) => Json | undefined): Verdict =>
      worst(items.slice(from).map((node, index) => judge(partOf(index), { ...at, node })));
    switch (keyword) {
      case "minItems":
        return tell(at, verdictOf(items.length >= Number(value)));
      case "maxItems":
        return tell(at, verdictOf(items.length <= Number(value)));
      case "uniqueItems":
        return value === true ? tell(at, verdictOf(areUnique(items))) : "valid";
      case "prefixItems":
        return judgeAll(0, (index) => listOf(value)[index]);
      default:
        return judgeAll(listOf(part["prefixItems"]).length, () => value);
    }
  }

  /** Lists and objects are taken for alike. */
  function areUnique(items: readonly JsonNode[]): boolean {
    const all = items.map(shownOf);
    return !all.includes(undefined) && new Set(all).size === all.length;
  }

  function tell({ node, isBranch }: At, verdict: Verdict): Verdict {
    if (verdict !== "valid" && !isBranch && broken.get(node) !== "invalid")
      broken.set(node, verdict);
    return verdict;
  }

  /** Undefined for lists and objects. */
  function shownOf(node: JsonNode): Shown {
    const change = edits.values.get(node);
    if (change?.kind === "value") return change.value;
    if (node.kind === "string") return node.value;
    return node.kind === "object" || node.kind === "array"
      ? undefined
      : (JSON.parse(text.slice(node.start, node.end)) as number | boolean | null);
  }
}

const memberKeywords: ReadonlySet<string> = new Set(
  "required minProperties maxProperties properties additionalProperties patternProperties propertyNames dependentRequired".split(
    " ",
  ),
);
const itemKeywords: ReadonlySet<string> = new Set(
  "minItems maxItems uniqueItems prefixItems items".split(" "),
);

function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("invalid")) return "invalid";
  return verdicts.includes("unknown") ? "unknown" : "valid";
}

/** Null: it can't be told. */
function verdictOf(isValid: boolean | null): Verdict {
  if (isValid === null) return "unknown";
  return isValid ? "valid" : "invalid";
}

function isOfType(
  types: Json,
  part: SchemaObject,
  shown: Shown,
  { kind }: JsonNode,
): boolean | null {
  if (typesOf(shown, kind).some((type) => names(types, type))) return true;
  // OpenAPI's, which some validators take for a part of JSON Schema.
  return shown === null && part["nullable"] === true ? null : false;
}

function names(types: Json, type: string): boolean {
  return types === type || listOf(types).includes(type);
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function ownOf(value: Json | undefined, name: string): Json | undefined {
  return isSchemaObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Within the document alone. Null where it leads nowhere. */
function resolved(schema: Json, ref: Json): Json | null {
  if (typeof ref !== "string" || !/^#(?:$|\/)/.test(ref)) return null;
  let part: Json | undefined = schema;
  for (const step of ref.split("/").slice(1)) {
    const name = unescaped(step);
    if (name === null) return null;
    part = Array.isArray(part) ? (part as readonly Json[])[Number(name)] : ownOf(part, name);
  }
  return part ?? null;
}

/** JSON Pointer in a fragment (RFC 6901 §6). */
function unescaped(step: string): string | null {
  try {
    return decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return null;
  }
}

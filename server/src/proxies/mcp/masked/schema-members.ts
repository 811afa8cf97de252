/** Keywords of JSON Schema that judge the members of an object. No pattern of a server's is run: which members one names is not known. */
import type { Json } from "#/core/json.ts";
import type { JsonMember, JsonObject, JsonString } from "#/proxies/mcp/json/json-node.ts";
import type { Edits } from "./edits.ts";
import {
  type At,
  asBefore,
  isFine,
  type Judging,
  listOf,
  type Verdict,
  verdictOf,
  worst,
} from "./judging.ts";
import { isSchemaObject, notes, type SchemaObject } from "./schema-assertions.ts";
import { evaluatedBy } from "./schema-evaluated.ts";

export const memberKeywords: ReadonlySet<string> = new Set(
  "required minProperties maxProperties properties additionalProperties patternProperties propertyNames dependentRequired dependentSchemas dependencies unevaluatedProperties".split(
    " ",
  ),
);

export function byMembers(
  judging: Judging,
  { keyword, part, owner, edits }: MembersUnder,
  at: At,
): Verdict {
  const { judge, tell } = judging;
  const value = part[keyword] as Json;
  const isBefore = at.mode === "before";
  const members = isBefore
    ? owner.members
    : owner.members.filter((each) => edits.values.get(each.value)?.kind !== "removed");
  const nameOf = (member: JsonMember) =>
    (isBefore ? undefined : edits.keys.get(member)) ?? member.key;
  const isRenamed = (member: JsonMember) => !isBefore && edits.keys.has(member);
  const isChanged = (member: JsonMember) =>
    isRenamed(member) || judging.isChanged(member.value, at.mode);
  const within = (member: JsonMember): At => ({ ...at, node: member.value });
  const names = new Set<Json>(members.map(nameOf));
  const hasAll = (all: Json | undefined) => listOf(all).every((name) => names.has(name));
  const others = members.filter((each) => ownOf(part["properties"], nameOf(each)) === undefined);
  /** Under what may or may not count for it. */
  const ifItCounts = (member: JsonMember, under: readonly Json[]): Verdict => {
    if (!isChanged(member)) return asBefore(at, false);
    const mode = isBefore ? "before" : "now";
    const all = under.map((each) => judge(each, { ...within(member), mode }));
    const isSure = all.every((verdict) =>
      isRenamed(member) ? verdict === "valid" : isFine(verdict),
    );
    return tell(within(member), isSure ? asBefore(at, false) : "unknown");
  };

  switch (keyword) {
    case "required":
      return tell(at, verdictOf(hasAll(value)));
    case "minProperties":
      return tell(at, verdictOf(members.length >= Number(value)));
    case "maxProperties":
      return tell(at, verdictOf(members.length <= Number(value)));
    case "properties":
      return worst(members.map((each) => judge(ownOf(value, nameOf(each)), within(each))));
    case "patternProperties":
      return worst(members.map((each) => ifItCounts(each, schemasOf(value))));
    case "additionalProperties":
      if (value === true) return "valid";
      if (part["patternProperties"] !== undefined) {
        if (value === false) return tell(at, asBefore(at, others.some(isRenamed)));
        return worst(others.map((each) => ifItCounts(each, [value])));
      }
      if (value !== false) return worst(others.map((each) => judge(value, within(each))));
      return tell(
        at,
        verdictOf(at.mode === "changed" ? !others.some(isChanged) : others.length === 0),
      );
    case "unevaluatedProperties": {
      if (value === true) return "valid";
      const evaluated = members.some(isRenamed)
        ? null
        : evaluatedBy(judging, part, new Set(members.map(nameOf)), at);
      if (evaluated === "all") return "valid";
      if (evaluated !== null) {
        const left = members.filter((each) => !evaluated.has(nameOf(each)));
        if (value !== false) return worst(left.map((each) => judge(value, within(each))));
        const isFree = at.mode === "changed" ? !left.some(isChanged) : left.length === 0;
        return tell(at, verdictOf(isFree));
      }
      if (value !== false) return worst(others.map((each) => ifItCounts(each, [value])));
      // Which members a branch counts may be another's choice now.
      return tell(at, asBefore(at, members.some(isRenamed) || hasChoices(part)));
    }
    case "propertyNames": {
      if (isAnyName(value)) return "valid";
      if (members.some(isRenamed)) return tell(at, "unknown");
      const counted = at.mode === "changed" ? members.filter(isChanged) : members;
      const mode = isBefore ? "before" : "now";
      const all = counted.map((each) => judge(value, { ...at, node: nameNode(each), mode }));
      return tell(at, all.includes("invalid") ? "invalid" : asBefore(at, false));
    }
    default:
      return worst(
        Object.entries(isSchemaObject(value) ? value : {})
          .filter(([name]) => names.has(name))
          .map(([, asked]) =>
            Array.isArray(asked) ? tell(at, verdictOf(hasAll(asked))) : judge(asked, at),
          ),
      );
  }
}

export interface MembersUnder {
  readonly keyword: string;
  readonly part: SchemaObject;
  readonly owner: JsonObject;
  readonly edits: Edits;
}

/** A name as a value. */
function nameNode({ key }: JsonMember): JsonString {
  return { kind: "string", value: key, key: "", parent: null, start: 0, end: 0 };
}

function schemasOf(value: Json): readonly Json[] {
  return isSchemaObject(value) ? Object.values(value) : [];
}

/** As schemas made by Zod ask of a record's keys. */
function isAnyName(value: Json): boolean {
  if (!isSchemaObject(value)) return value === true;
  const asked = Object.keys(value).filter((keyword) => !notes.has(keyword));
  return asked.every((keyword) => keyword === "type" && value["type"] === "string");
}

function hasChoices(part: SchemaObject): boolean {
  return Object.keys(part).some((keyword) => choosing.has(keyword));
}

/** What is evaluated beneath a reference is not followed. */
const choosing: ReadonlySet<string> = new Set(
  "anyOf oneOf if allOf $ref dependentSchemas dependencies".split(" "),
);

function ownOf(value: Json | undefined, name: string): Json | undefined {
  return isSchemaObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/**
 * Where an answer's masked `structuredContent` breaks the output schema that its tool states (JSON Schema 2020-12, and what older drafts spell
 * otherwise).
 *
 * Judges what masking has changed and nothing else: that the rest is valid is the server's to answer for. Guarantees to say "broken" wherever it
 * can't tell (a pattern, a format, a reference that it does not know), so that what was changed passes only where it is valid for sure. A keyword that
 * JSON Schema does not know asks nothing of a value (§6.5). Hostile schemas: bounded in steps; no pattern of theirs is ever run.
 */
import type { Json } from "#/core/json.ts";
import type { JsonNode } from "#/proxies/mcp/json/json-node.ts";
import type { Edits } from "./edits.ts";
import {
  type At,
  type Judging,
  listOf,
  type Mode,
  type Verdict,
  verdictOf,
  worst,
} from "./judging.ts";
import {
  assertions,
  isSchemaObject,
  notes,
  type SchemaObject,
  type Shown,
  typesOf,
} from "./schema-assertions.ts";
import { byChoice, choiceKeywords } from "./schema-choices.ts";
import { equalText, objectText } from "./schema-equal.ts";
import { byItems, itemKeywords } from "./schema-items.ts";
import { byMembers, memberKeywords } from "./schema-members.ts";
import { hasOwnIds, isOld, resolved } from "./schema-reference.ts";
import { createSteps, TooLong } from "./schema-steps.ts";

/** References that lead to references. */
const schemaRefsMax = 32;

export type Broken = "invalid" | "unknown";

/** Values of the tree at which it is broken for sure, or not known to hold. */
export function brokenIn(
  schema: Json,
  text: string,
  root: JsonNode,
  edits: Edits,
): ReadonlyMap<JsonNode, Broken> {
  const broken = new Map<JsonNode, Broken>();
  const steps = createSteps();
  const { countStep, countChars, countMembers } = steps;
  const led = new Map<string, Json | null>();
  const judging: Judging = {
    judge,
    countStep,
    tell,
    isChanged,
    shownOf,
    textOf,
    resolved: referred,
  };
  const refStandsAlone = isOld(schema);
  const hasParts = hasOwnIds(schema);
  try {
    judge(schema, { node: root, refs: 0, mode: "changed" });
    return broken;
  } catch (error) {
    if (error instanceof TooLong) return new Map([[root, "unknown"]]);
    throw error;
  }

  function judge(part: Json | undefined, at: At): Verdict {
    countStep();
    const isSkipped = at.mode === "changed" && !edits.changed.has(at.node);
    if (isSkipped || part === undefined || part === true) return "valid";
    countChars(at.node.kind === "string" ? shownOf(at.node, at.mode) : undefined);
    if (!isSchemaObject(part)) return tell(at, part === false ? "invalid" : "unknown");
    if (refStandsAlone && part["$ref"] !== undefined) return judgeRef(part["$ref"], at);
    countMembers(part);
    return worst(
      Object.keys(part)
        .filter((keyword) => !notes.has(keyword))
        .map((keyword) => byKeyword(keyword, part, at)),
    );
  }

  function byKeyword(keyword: string, part: SchemaObject, at: At): Verdict {
    const value = part[keyword] as Json;
    const { node, mode } = at;
    countMembers(value);
    const shown = shownOf(node, mode);
    const assertion = Object.hasOwn(assertions, keyword) ? assertions[keyword] : undefined;
    if (assertion !== undefined) {
      const isSame = (limit: Json) => textOf(node, mode) === equalText(limit, steps);
      return tell(at, verdictOf(assertion(value, shown, part, isChanged(node, mode), isSame)));
    }
    if (memberKeywords.has(keyword)) {
      return node.kind === "object" && shown === undefined
        ? byMembers(judging, { keyword, part, owner: node, edits }, at)
        : "valid";
    }
    if (itemKeywords.has(keyword)) {
      return node.kind === "array" && shown === undefined
        ? byItems(judging, { keyword, part, owner: node }, at)
        : "valid";
    }
    if (choiceKeywords.has(keyword)) return byChoice(judging, keyword, part, at);
    switch (keyword) {
      case "type":
        return tell(at, verdictOf(isOfType(value, part, shown, node)));
      case "$ref":
      case "$recursiveRef":
        return judgeRef(value, at);
      case "allOf":
        return worst(listOf(value).map((each) => judge(each, at)));
      default:
        return unjudged.has(keyword) ? tell(at, "unknown") : "valid";
    }
  }

  /** Within a part that has an id of its own a reference means another place than elsewhere. */
  function referred(ref: Json, { refs }: At): Json | null {
    if (refs >= schemaRefsMax || hasParts || typeof ref !== "string") return null;
    const known = led.get(ref);
    if (known !== undefined) return known;
    const part = resolved(schema, ref);
    led.set(ref, part);
    return part;
  }

  function judgeRef(ref: Json, at: At): Verdict {
    const part = referred(ref, at);
    return part === null ? tell(at, "unknown") : judge(part, { ...at, refs: at.refs + 1 });
  }

  function tell({ node, mode }: At, verdict: Verdict): Verdict {
    if (mode === "now" && verdict === "unknown" && !edits.changed.has(node)) return "trusted";
    const isBroken = verdict === "unknown" || verdict === "invalid";
    if (mode === "changed" && isBroken && broken.get(node) !== "invalid") broken.set(node, verdict);
    return verdict;
  }

  function isChanged(node: JsonNode, mode: Mode): boolean {
    return mode !== "before" && edits.changed.has(node);
  }

  function textOf(node: JsonNode, mode: Mode): string {
    countStep();
    const shown = shownOf(node, mode);
    countChars(shown);
    if (shown !== undefined) return JSON.stringify(shown);
    if (node.kind === "array") return `[${node.items.map((item) => textOf(item, mode)).join()}]`;
    if (node.kind !== "object") return "";
    const isBefore = mode === "before";
    const kept = node.members.filter(
      ({ value }) => isBefore || edits.values.get(value)?.kind !== "removed",
    );
    const members = kept.map((each): [string, string] => {
      return [(isBefore ? undefined : edits.keys.get(each)) ?? each.key, textOf(each.value, mode)];
    });
    return objectText(new Map(members));
  }

  function shownOf(node: JsonNode, mode: Mode): Shown {
    const change = mode === "before" ? undefined : edits.values.get(node);
    if (change?.kind === "value") return change.value;
    if (node.kind === "string") return node.value;
    return node.kind === "object" || node.kind === "array"
      ? undefined
      : (JSON.parse(text.slice(node.start, node.end)) as number | boolean | null);
  }
}

/** What they ask of a value can't be told here. */
const unjudged: ReadonlySet<string> = new Set(
  "$dynamicRef disallow divisibleBy extends".split(" "),
);

function isOfType(
  types: Json,
  part: SchemaObject,
  shown: Shown,
  { kind }: JsonNode,
): boolean | null {
  if (typesOf(shown, kind).some((type) => types === type || listOf(types).includes(type))) {
    return true;
  }
  // OpenAPI's, which some validators take for a part of JSON Schema.
  return shown === null && part["nullable"] === true ? null : false;
}

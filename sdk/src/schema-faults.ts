/**
 * What is surely wrong of a value under a JSON Schema, by its place, and what the schema takes there, in words.
 *
 * For whoever writes the value: the gateway judges what is sent. Never calls wrong what a validator takes: what can't be told (a pattern, a format,
 * a keyword that is not known here, what stands masked) is no fault. Says nothing of the value but its kind: it may be one that nobody is to read.
 * Hostile schemas: bounded in steps, and no pattern of theirs is ever run.
 */
import type { CallLeaf, CallNode } from "./call-tree.ts";
import { schemaText } from "./schema-text.ts";

export interface SchemaFault {
  /** Keys and indexes, from the outermost on. */
  readonly path: readonly (string | number)[];
  /** What follows the place in a sentence: `is missing (it takes: number)`. */
  readonly says: string;
}

const faultsMax = 20;
const stepsMax = 20_000;
/** Of parts of the schema, through references too. */
const depthMax = 200;
const saysCharsMax = 300;

type Schema = { readonly [key: string]: unknown };
type Path = SchemaFault["path"];

export function schemaFaults(schema: unknown, value: CallNode): readonly SchemaFault[] {
  let steps = 0;
  let isEndless = false;
  const all = faultsOf(schema, value, [], 0);
  // A schema that leads to itself tells nothing that could be relied on.
  return isEndless ? [] : all.slice(0, faultsMax);

  /** Words cost more than a look. */
  function told(path: Path, says: string): SchemaFault {
    steps += 50;
    return fault(path, says);
  }

  function faultsOf(
    part: unknown,
    node: CallNode,
    path: Path,
    depth: number,
  ): readonly SchemaFault[] {
    steps += 1;
    isEndless ||= depth > depthMax;
    const isTooMuch = steps > stepsMax || isEndless;
    if (isTooMuch || part === undefined || part === true) return [];
    if (part === false) return [told(path, "is not taken by the tool")];
    if (!isSchema(part)) return [];
    steps += listOf(part["enum"]).length / 100;
    const own = ownFault(part, node);
    if (own !== null) return [told(path, own)];
    return [
      ...byRef(part, node, path, depth + 1),
      ...listOf(part["allOf"]).flatMap((each) => faultsOf(each, node, path, depth + 1)),
      ...byChoice(part, node, path, depth + 1),
      ...within(part, node, path, depth + 1),
    ];
  }

  function byRef({ $ref }: Schema, node: CallNode, path: Path, depth: number) {
    const part = resolved(schema, $ref);
    return part === undefined ? [] : faultsOf(part, node, path, depth);
  }

  /** Of one that is right under none of them, what is wrong under the only one that is for its kind. */
  function byChoice(part: Schema, node: CallNode, path: Path, depth: number) {
    const choices = ["anyOf", "oneOf"].map((keyword) => listOf(part[keyword]));
    return choices.flatMap((branches): readonly SchemaFault[] => {
      const found = branches.map((each) => faultsOf(each, node, path, depth));
      if (branches.length === 0 || found.some((faults) => faults.length === 0)) return [];
      const close = found.filter((faults) =>
        faults.every((each) => each.path.length > path.length),
      );
      const [only, ...others] = close;
      if (only !== undefined && others.length === 0) return only;
      return [told(path, `is none of what it takes: ${schemaText(part)}`)];
    });
  }

  function referred(part: unknown): unknown {
    return (isSchema(part) ? resolved(schema, part["$ref"]) : undefined) ?? part;
  }

  function within(part: Schema, node: CallNode, path: Path, depth: number) {
    if (node.kind === "object") return byMembers(part, node.items, path, depth);
    if (node.kind === "list") return byItems(part, node.items, path, depth);
    return [];
  }

  function byMembers(part: Schema, members: readonly CallNode[], path: Path, depth: number) {
    const named = isSchema(part["properties"]) ? part["properties"] : {};
    const keys = new Set(members.map(({ key }) => key));
    // One that is masked may be any name.
    const isKnown = [...keys].every((key) => key === null || !maskedForm.test(key));
    const missing = isKnown
      ? listOf(part["required"])
          .filter((name): name is string => typeof name === "string" && !keys.has(name))
          .slice(0, faultsMax)
      : [];
    const others =
      part["patternProperties"] === undefined ? part["additionalProperties"] : undefined;
    return [
      ...missing.map((name) =>
        told([...path, name], `is missing (it takes: ${schemaText(referred(own(named, name)))})`),
      ),
      ...members.flatMap((member): readonly SchemaFault[] => {
        const key = member.key ?? "";
        const at = [...path, key];
        if (Object.hasOwn(named, key)) return faultsOf(named[key], member, at, depth);
        if (maskedForm.test(key)) return [];
        return others === false
          ? [told(at, unnamedText(named))]
          : faultsOf(others, member, at, depth);
      }),
    ];
  }

  function byItems(part: Schema, items: readonly CallNode[], path: Path, depth: number) {
    const first = listOf(part["prefixItems"] ?? part["items"]);
    const rest = Array.isArray(part["items"]) ? part["additionalItems"] : part["items"];
    return items.flatMap((item, at) => {
      const schemaOf = at < first.length ? first[at] : rest;
      return faultsOf(schemaOf, item, [...path, at], depth);
    });
  }
}

/** What a value is wrong by without what stands in it; null where it is not, or where that can't be told. */
function ownFault(part: Schema, node: CallNode): string | null {
  const takes = () => `(it takes: ${schemaText(part)})`;
  if (!isOfType(part, node)) return `is ${kindTexts[node.kind]} ${takes()}`;
  if (isMasked(node)) return null;
  if (!isAmong(part, node)) return `is none of what it takes: ${schemaText(part)}`;
  return isWithin(part, node) ? null : `is out of bounds ${takes()}`;
}

const kindTexts: Readonly<Record<CallNode["kind"], string>> = {
  text: "a text",
  number: "a number",
  true: "yes or no",
  false: "yes or no",
  null: "null",
  object: "an object",
  list: "a list",
};

const typeNames: Readonly<Record<CallNode["kind"], readonly string[]>> = {
  text: ["string"],
  number: ["number", "integer"],
  true: ["boolean"],
  false: ["boolean"],
  null: ["null"],
  object: ["object"],
  list: ["array"],
};

const knownTypes: ReadonlySet<string> = new Set(Object.values(typeNames).flat());

function isOfType(part: Schema, node: CallNode): boolean {
  const { type } = part;
  const types = typeof type === "string" ? [type] : listOf(type);
  const isKnown = types.every((each) => typeof each === "string" && knownTypes.has(each));
  if (types.length === 0 || !isKnown) return true;
  if (node.kind === "null" && part["nullable"] === true) return true;
  const names = typeNames[node.kind];
  if (!types.some((each) => names.includes(each as string))) return false;
  if (node.kind !== "number" || types.includes("number") || isMasked(node)) return true;
  const value = Number(node.value);
  return Number.isInteger(value) || !Number.isFinite(value);
}

/** Of lists and objects it can't be told. */
function isAmong(part: Schema, node: CallNode): boolean {
  if ("items" in node) return true;
  const value = valueOf(node);
  const isConst = part["const"] === undefined || part["const"] === value;
  return isConst && (!Array.isArray(part["enum"]) || part["enum"].includes(value));
}

function isWithin(part: Schema, node: CallNode): boolean {
  const holds = (keyword: string, is: (limit: number) => boolean) => {
    const limit = part[keyword];
    return typeof limit !== "number" || is(limit);
  };
  if ("items" in node) {
    const count = node.items.length;
    const [least, most] =
      node.kind === "list" ? ["minItems", "maxItems"] : ["minProperties", "maxProperties"];
    return holds(least, (limit) => count >= limit) && holds(most, (limit) => count <= limit);
  }
  if (node.kind === "text") {
    // In code points, as JSON Schema counts.
    const length = Array.from(node.value).length;
    return (
      holds("minLength", (limit) => length >= limit) &&
      holds("maxLength", (limit) => length <= limit)
    );
  }
  if (node.kind !== "number") return true;
  const value = Number(node.value);
  return (
    holds("minimum", (limit) => value >= limit) &&
    holds("maximum", (limit) => value <= limit) &&
    holds("exclusiveMinimum", (limit) => value > limit) &&
    holds("exclusiveMaximum", (limit) => value < limit)
  );
}

function valueOf({ kind, value }: CallLeaf): string | number | boolean | null {
  switch (kind) {
    case "text":
      return value;
    case "number":
      return Number(value);
    case "true":
    case "false":
      return kind === "true";
    case "null":
      return null;
  }
}

/** What stands masked in it is another text or number than the one that is shown. */
const maskedForm = /<[A-Z][A-Z_]*_\d{1,7}>/;

function isMasked(node: CallNode): boolean {
  return "value" in node && maskedForm.test(node.value);
}

function unnamedText(named: Schema): string {
  const names = Object.keys(named);
  if (names.length === 0) return "is not taken by the tool, which takes none";
  return `is not taken by the tool: ${schemaText({ type: "object", properties: named })}`;
}

function fault(path: Path, says: string): SchemaFault {
  const part = says.slice(0, saysCharsMax).replace(/[\ud800-\udbff]$/, "");
  return { path, says: part === says ? says : `${part} …` };
}

/** Within the schema alone, by a path. */
function resolved(schema: unknown, ref: unknown): unknown {
  if (typeof ref !== "string" || (ref !== "#" && !ref.startsWith("#/"))) return undefined;
  return ref
    .split("/")
    .slice(1)
    .reduce<unknown>((part, step) => {
      const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
      return isSchema(part) ? own(part, name) : listOf(part)[Number(name)];
    }, schema);
}

function own(of: Schema, name: string): unknown {
  return Object.hasOwn(of, name) ? of[name] : undefined;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

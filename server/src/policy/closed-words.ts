/** What the gateway says of a call in one of a few words: a rule that asks for another word could never speak, and looks as if it did. */
import { definitionStates, mcpMethods, toolClasses } from "#/core/facts.ts";
import { nearestName } from "./nearest-name.ts";
import { type PolicyProblem, type PolicySource, problemAt } from "./source.ts";

const words: Readonly<Record<string, readonly string[]>> = {
  method: mcpMethods,
  definition: definitionStates,
  toolClass: toolClasses,
};

export function closedWords(source: PolicySource): readonly PolicyProblem[] {
  return comparisonsIn(source.json?.conditions ?? []).flatMap(({ attribute, word }) => {
    const known = words[attribute] ?? [];
    if (known.includes(word)) return [];
    const near = nearestName(word, known);
    const meant = near === null ? "" : `, did you mean ${near}`;
    const message = `context.${attribute} is never "${word}"${meant}; it is one of ${known.join(", ")}.`;
    return [problemAt(source, Math.max(0, source.piece.text.indexOf(`"${word}"`)), message)];
  });
}

interface Comparison {
  readonly attribute: string;
  readonly word: string;
}

/** In Cedar's form: `{ "==": { left, right } }`, `{ contains: { left: { Set }, right } }`. */
function comparisonsIn(node: unknown): readonly Comparison[] {
  if (Array.isArray(node)) return node.flatMap(comparisonsIn);
  if (node === null || typeof node !== "object") return [];
  const own = Object.entries(node).flatMap(([operator, operands]) => {
    if (operator !== "==" && operator !== "!=" && operator !== "contains") return [];
    const { left, right } = operands as { readonly left: unknown; readonly right: unknown };
    const attribute = attributeOf(left) ?? attributeOf(right);
    if (attribute === null) return [];
    return [...literalsOf(left), ...literalsOf(right)].map((word) => ({ attribute, word }));
  });
  return [...own, ...Object.values(node).flatMap(comparisonsIn)];
}

function attributeOf(node: unknown): string | null {
  const access = (node as { readonly "."?: { readonly left: unknown; readonly attr: string } })[
    "."
  ];
  const isContext = (access?.left as { readonly Var?: string } | undefined)?.Var === "context";
  return isContext && access !== undefined && Object.hasOwn(words, access.attr)
    ? access.attr
    : null;
}

function literalsOf(node: unknown): readonly string[] {
  const { Value: value, Set: items } = node as { readonly Value?: unknown; readonly Set?: unknown };
  if (typeof value === "string") return [value];
  return Array.isArray(items) ? items.flatMap(literalsOf) : [];
}

/**
 * Turns policy files into a set that can be evaluated, or into all of its problems with file and line.
 *
 * Guarantees of a loaded set: every policy parsed, is valid under the strict schema, can apply at all,
 * and carries only annotations that this version keeps; no permit lets an unreadable command run without
 * a person. The set is parsed once, under a name derived from its content, so that two sets can be
 * loaded at once and swapped. Cedar keeps it for the thread that loaded it.
 */
import assert from "node:assert/strict";
import { hash } from "node:crypto";
import {
  type PolicyJson,
  preparsePolicySet,
  preparseSchema,
} from "@cedar-policy/cedar-wasm/nodejs";
import { canonicalize } from "#/core/canonical.ts";
import type { Reason } from "#/core/decision.ts";
import type { Digest } from "#/core/ids.ts";
import type { Obligations } from "#/core/obligation.ts";
import { type ArgumentPath, argumentText } from "./argument.ts";
import { argumentTypes } from "./argument-types.ts";
import { argumentsIn } from "./argument-uses.ts";
import { closedWords } from "./closed-words.ts";
import { withoutArguments } from "./relevance.ts";
import { schemaText } from "./schema.ts";
import { checkCount, checkIds, checkMasks, checkSchema, notUnicode } from "./set-problems.ts";
import {
  assuranceUnsaid,
  type PolicyFile,
  type PolicyProblem,
  type PolicySource,
  problemAt,
  readSources,
} from "./source.ts";

export interface LoadedPolicy {
  readonly id: string;
  readonly effect: "permit" | "forbid";
  readonly reason: Reason;
  /** What this policy asks for on its own. */
  readonly obligations: Obligations;
  /** The arguments of calls that it names. */
  readonly arguments: ReadonlySet<string>;
  /** What its head asks the resource to be, or to be in; null where it asks nothing. */
  readonly about: EntityName | null;
  readonly file: string;
  readonly line: number;
}

export interface EntityName {
  readonly type: string;
  readonly id: string;
}

export interface PolicySet {
  readonly digest: Digest;
  /** Under which Cedar keeps it. */
  readonly name: string;
  /** Under which Cedar keeps what it may speak of. */
  readonly schema: string;
  /** The arguments of calls that it names. */
  readonly arguments: readonly ArgumentPath[];
  /** By `@id`. */
  readonly policies: ReadonlyMap<string, LoadedPolicy>;
  /** What may be meant as it stands, and is to be looked at. */
  readonly warnings: readonly PolicyProblem[];
}

export type PolicyLoad =
  | { readonly ok: true; readonly set: PolicySet }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

export function loadPolicies(files: readonly PolicyFile[]): PolicyLoad {
  const sorted = files.toSorted((one, other) => compare(one.path, other.path));
  assert(new Set(files.map(({ path }) => path)).size === files.length, "a file stands there twice");
  const readable = sorted.filter(({ text }) => text.isWellFormed());
  const sources = readable.flatMap(readSources);
  const typed = argumentTypes(sources);
  const problems = [
    ...sorted.filter((file) => !readable.includes(file)).map(notUnicode),
    ...(readable.length === sorted.length ? checkCount(sorted, sources.length) : []),
    ...sources.flatMap((source) => source.problems),
    ...sources.flatMap(closedWords),
    ...checkIds(sources),
    ...checkMasks(sources),
    ...typed.problems,
    ...(typed.problems.length > 0 ? [] : checkSchema(sources, typed.paths)),
  ];
  if (problems.length > 0) return { ok: false, problems: problems.toSorted(byPlace) };

  const digest = digestOf(sorted);
  const name = `countersign/${digest}`;
  const policies = sources.map(toPolicy);
  const texts = sources.map((source, index) => [policies[index]?.id, source.piece.text]);
  const answer = preparsePolicySet(name, { staticPolicies: Object.fromEntries(texts) });
  assert(answer.type === "success", "policies that parse one by one do not parse together");
  const warnings = sources.flatMap(assuranceUnsaid);
  const byId = new Map(policies.map((policy) => [policy.id, policy]));
  const schema = keepSchema(typed.paths);
  keepWithoutArguments(name, sources, policies);
  const set = { digest, name, schema, arguments: typed.paths, policies: byId, warnings };
  return { ok: true, set };
}

/** Sets that name the same arguments have one schema. */
function keepSchema(paths: readonly ArgumentPath[]): string {
  const text = schemaText(paths);
  const name = `countersign/${hash("sha256", text, "hex")}`;
  const parsed = preparseSchema(name, text);
  assert(parsed.type === "success", "the schema does not parse");
  return name;
}

/** Under which Cedar keeps the rules that name arguments, without what they say of these. */
export function nameWithoutArguments(name: string): string {
  return `${name}/without-arguments`;
}

function keepWithoutArguments(
  name: string,
  sources: readonly PolicySource[],
  policies: readonly LoadedPolicy[],
): void {
  const rules = sources.flatMap(({ json }, index) => {
    const rule = json === null ? null : withoutArguments(json);
    return rule === null ? [] : [[policies[index]?.id, rule] as const];
  });
  const staticPolicies = Object.fromEntries(rules);
  const answer = preparsePolicySet(nameWithoutArguments(name), { staticPolicies });
  assert(answer.type === "success", "rules do not parse without their arguments");
}

const setTag = "countersign/policy-set/v1\0";

function digestOf(files: readonly PolicyFile[]): Digest {
  const content = files.map(({ path, text }) => ({ path, text }));
  return hash("sha256", setTag + canonicalize(content), "hex") as Digest;
}

function toPolicy(source: PolicySource): LoadedPolicy {
  const { id, json, file, obligations } = source;
  assert(id !== null && json !== null, "a source without problems is readable");
  const text = source.reason ?? plainReason(id, json.effect, obligations);
  const { line } = problemAt(source, 0, "");
  return {
    id,
    effect: json.effect,
    reason: { policy: id, text },
    obligations,
    arguments: new Set(argumentsIn(json.conditions).map(({ keys }) => argumentText(keys))),
    about: aboutOf(json.resource),
    file: file.path,
    line,
  };
}

function aboutOf(resource: PolicyJson["resource"]): EntityName | null {
  if (!("entity" in resource)) return null;
  const { entity } = resource;
  return "__entity" in entity ? entity.__entity : entity;
}

/** For a policy whose author gave no reason. */
function plainReason(id: string, effect: LoadedPolicy["effect"], { quorum }: Obligations): string {
  if (effect === "forbid") return `The policy ${id} forbids this.`;
  return quorum.length > 0
    ? `The policy ${id} holds this for review.`
    : `The policy ${id} allows this.`;
}

function byPlace(one: PolicyProblem, other: PolicyProblem): number {
  return (
    compare(one.file, other.file) ||
    one.line - other.line ||
    (one.column ?? 0) - (other.column ?? 0)
  );
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

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
  validate,
} from "@cedar-policy/cedar-wasm/nodejs";
import { canonicalize } from "#/core/canonical.ts";
import type { Reason } from "#/core/decision.ts";
import type { Digest } from "#/core/ids.ts";
import { type Obligations, targetText } from "#/core/obligation.ts";
import { type ArgumentPath, argumentText } from "./argument.ts";
import { argumentTypes } from "./argument-types.ts";
import { argumentsIn } from "./argument-uses.ts";
import { closedWords } from "./closed-words.ts";
import { withoutArguments } from "./relevance.ts";
import { schemaText } from "./schema.ts";
import {
  assuranceUnsaid,
  cedarProblem,
  familyAsVerb,
  familysOwn,
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

export const policiesMax = 1000;
/** All of a set, each target once: one decision may join them all, and each record of it names them. */
export const maskTargetsOfSetMax = 500;

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

function notUnicode({ path }: PolicyFile): PolicyProblem {
  return { file: path, line: 1, policy: null, message: "The text is not well-formed Unicode." };
}

function checkCount(files: readonly PolicyFile[], count: number): readonly PolicyProblem[] {
  const place = { file: files[0]?.path ?? ".", line: 1, policy: null };
  if (count === 0) {
    const message = "There is no policy, so nothing could ever be allowed.";
    return [{ ...place, message }];
  }
  if (count > policiesMax) {
    const message = `A set may have ${policiesMax} policies, this one has ${count}.`;
    return [{ ...place, message }];
  }
  return [];
}

function checkIds(sources: readonly PolicySource[]): readonly PolicyProblem[] {
  const first = new Map<string, PolicyProblem>();
  return sources.flatMap((source) => {
    if (source.id === null) return [];
    const offset = (source.piece.annotationOffsets.get("id") ?? 0) - source.piece.offset;
    const place = problemAt(source, offset, "");
    const earlier = first.get(source.id);
    if (earlier === undefined) {
      first.set(source.id, place);
      return [];
    }
    const message = `@id("${source.id}") is taken by ${earlier.file}:${earlier.line}.`;
    return [{ ...place, message }];
  });
}

function checkMasks(sources: readonly PolicySource[]): readonly PolicyProblem[] {
  const targets = new Set<string>();
  for (const source of sources) {
    for (const { target } of source.obligations.masks) targets.add(targetText(target));
    if (targets.size <= maskTargetsOfSetMax) continue;
    const offset = (source.piece.annotationOffsets.get("mask") ?? 0) - source.piece.offset;
    const message = `A set may mask ${maskTargetsOfSetMax} targets in all, and here are more.`;
    return [problemAt(source, offset, message)];
  }
  return [];
}

/**
 * Cedar's warnings count as problems: a policy that can never apply, or one whose text does not read as
 * it looks, is not what its author meant.
 */
function checkSchema(
  sources: readonly PolicySource[],
  paths: readonly ArgumentPath[],
): readonly PolicyProblem[] {
  const readable = sources.filter(({ json }) => json !== null);
  const answer = validate({
    schema: schemaText(paths),
    validationSettings: { mode: "strict" },
    policies: {
      staticPolicies: Object.fromEntries(readable.map(({ piece }, index) => [index, piece.text])),
    },
  });
  assert(answer.type === "success", "the schema or a policy that parses alone does not parse");
  const { validationErrors: errors, validationWarnings: warnings } = answer;
  return readable.flatMap((source, index) => {
    const about = ({ policyId }: { readonly policyId: string }) => policyId === String(index);
    const found = errors.some(about) ? errors.filter(about) : warnings.filter(about);
    // In place of Cedar's words, which name neither the group nor what to write.
    const [family] = found.length === 0 ? [] : familyAsVerb(source);
    if (family !== undefined) return [family];
    const own = familysOwn(
      source,
      found.map(({ error }) => error),
    );
    if (own.length > 0) return own;
    return found.map(({ error }) => cedarProblem(source, error));
  });
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

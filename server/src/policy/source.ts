/** Reads the policies of one file, each with everything that is wrong with it and where. */
import {
  type ActionConstraint,
  type DetailedError,
  type PolicyJson,
  policyToJson,
} from "@cedar-policy/cedar-wasm/nodejs";
import { noObligations, type Obligations } from "#/core/obligation.ts";
import { familyMembers, verbs } from "#/core/verb.ts";
import { type Annotated, readAnnotations } from "./read-annotations.ts";
import { actionType, opaqueVerbs, uncountedVerbs, unmaskedVerbs } from "./schema.ts";
import { type PolicyPiece, splitPolicies } from "./split.ts";

export interface PolicyFile {
  /** Relative to the folder of the set, with slashes. */
  readonly path: string;
  readonly text: string;
}

export interface PolicyProblem {
  readonly file: string;
  /** Starts at 1, as the column does. */
  readonly line: number;
  readonly column?: number;
  /** The policy's `@id`, where it has a usable one. */
  readonly policy: string | null;
  readonly message: string;
}

/** One policy in its file, as far as it can be read. */
export interface PolicySource {
  readonly file: PolicyFile;
  readonly piece: PolicyPiece;
  /** Cedar's reading, or null where it has none. */
  readonly json: PolicyJson | null;
  readonly id: string | null;
  readonly reason: string | null;
  readonly obligations: Obligations;
  readonly problems: readonly PolicyProblem[];
}

/**
 * Cedar's evaluator recurses without a bound of its own, and one overflow leaves it unusable for the
 * rest of the process. It breaks at a chain of 360 operators and at 130 nested brackets.
 */
export const policyTokensMax = 400;
export const policyNestingMax = 24;

export function readSources(file: PolicyFile): readonly PolicySource[] {
  return splitPolicies(file.text).map((piece) => readSource(file, piece));
}

/** A problem at an offset in a policy's text. */
export function problemAt(
  { file, piece, id }: Pick<PolicySource, "file" | "piece" | "id">,
  offset: number,
  message: string,
): PolicyProblem {
  const before = file.text.slice(0, piece.offset + offset);
  const line = before.split("\n").length;
  const column = before.length - before.lastIndexOf("\n");
  return { file: file.path, line, column, policy: id, message };
}

/** What Cedar says about one policy; its positions count bytes. */
export function cedarProblem(
  source: Pick<PolicySource, "file" | "piece" | "id">,
  error: DetailedError,
): PolicyProblem {
  const [place] = error.sourceLocations ?? [];
  const message = error.message
    .replace(/^failed to parse policy from string: /, "")
    .replace(/^for policy `[^`]*`, /, "");
  const notes = [place?.label, error.help].filter((note) => typeof note === "string");
  const bytes = Buffer.from(source.piece.text).subarray(0, place?.start ?? 0);
  return problemAt(source, bytes.toString().length, [message, ...notes].join("; "));
}

/** A head that takes a group of verbs for a verb, so that it can match no action. */
export function familyAsVerb(source: PolicySource): readonly PolicyProblem[] {
  const action = source.json?.action;
  if (action?.op !== "==" || !("entity" in action)) return [];
  const { entity } = action;
  const { id } = "__entity" in entity ? entity.__entity : entity;
  if (!Object.hasOwn(familyMembers, id)) return [];
  const name = `${actionType}::"${id}"`;
  const message = `"${id}" is a group of actions and no action itself, so this policy never applies; write action in ${name} for all of the group.`;
  return [problemAt(source, Math.max(0, source.piece.text.indexOf(name)), message)];
}

/** A head for verbs of several families, and a condition on what is told of one of them alone. */
export function familysOwn(
  source: PolicySource,
  errors: readonly DetailedError[],
): readonly PolicyProblem[] {
  const missing = errors.map(({ message }) => missingForm.exec(message));
  const name = missing[0]?.groups?.["name"];
  const without = new Set(missing.map((each) => each?.groups?.["verb"] ?? ""));
  const action = source.json?.action;
  if (name === undefined || action === undefined || without.has("")) return [];
  if (verbs.every((verb) => !covers(action, verb) || without.has(verb))) return [];
  const message = `context.${name} is not told of ${[...without].toSorted().join(", ")}, which the head covers too; name the verbs that are meant in the head, or ask first: context has ${name} && …`;
  const at = Buffer.from(source.piece.text).indexOf(`context.${name}`);
  return [problemAt(source, Math.max(0, at), message)];
}

const missingForm =
  /attribute `(?<name>\w+)` in context for Countersign::Action::"(?<verb>[^"]+)" not found/;

/** A rule that holds takes any sign-in where it says nothing, the quickstart's links as well. */
export function assuranceUnsaid(source: PolicySource): readonly PolicyProblem[] {
  const annotations = source.json?.annotations ?? {};
  if (!Object.hasOwn(annotations, "review") || Object.hasOwn(annotations, "assurance")) return [];
  const message =
    "Verdicts of the quickstart's own sign-in (local-demo) count for it. Where it is about other data than the sample's, add @assurance(\"session\").";
  return [problemAt(source, 0, message)];
}

function readSource(file: PolicyFile, piece: PolicyPiece): PolicySource {
  const unread = { file, piece, json: null, id: null, reason: null, obligations: noObligations };
  if (piece.tokens > policyTokensMax) {
    const message = `A policy may have ${policyTokensMax} words and signs, this one has ${piece.tokens}; make several of it.`;
    return { ...unread, problems: [problemAt(unread, 0, message)] };
  }
  if (piece.nesting > policyNestingMax) {
    const message = `Brackets may be nested ${policyNestingMax} deep, here they are ${piece.nesting} deep.`;
    return { ...unread, problems: [problemAt(unread, 0, message)] };
  }
  const answer = policyToJson(piece.text);
  if (answer.type === "failure") {
    const errors = answer.errors.flatMap((error) => [error, ...(error.related ?? [])]);
    return { ...unread, problems: errors.map((error) => cedarProblem(unread, error)) };
  }
  const { json } = answer;
  const annotated = readAnnotations(json.effect, json.annotations ?? {});
  const { id, reason, obligations } = annotated;
  const read = { file, piece, json, id, reason, obligations };
  return {
    ...read,
    problems: [
      ...annotationProblems(read, annotated),
      ...opaqueProblems(read),
      ...rowsProblems(read),
      ...maskProblems(read, unmaskedVerbs),
    ],
  };
}

function annotationProblems(
  source: Pick<PolicySource, "file" | "piece" | "id">,
  { problems }: Annotated,
): readonly PolicyProblem[] {
  const { annotationOffsets, offset } = source.piece;
  return problems.map(({ name, message }) => {
    const at = name === null ? undefined : annotationOffsets.get(name);
    return problemAt(source, (at ?? offset) - offset, message);
  });
}

/** Judged by the action scope alone: a condition that seems to exclude the verb is not relied on. */
function opaqueProblems(source: Omit<PolicySource, "problems">): readonly PolicyProblem[] {
  const { json } = source;
  if (json === null || json.effect === "forbid") return [];
  if (Object.hasOwn(json.annotations ?? {}, "review")) return [];
  return opaqueVerbs
    .filter((verb) => covers(json.action, verb))
    .map((verb) =>
      problemAt(
        source,
        0,
        `This permit covers ${verb}, commands that the gateway can't read, and would let them run at once; add @review, or name the verbs in the head: action in [${actionType}::"…"].`,
      ),
    );
}

/** An obligation that a verb can't keep is none. Judged by the action scope alone, as above. */
function rowsProblems(source: Omit<PolicySource, "problems">): readonly PolicyProblem[] {
  const { json } = source;
  if (json === null || !Object.hasOwn(json.annotations ?? {}, "max_rows")) return [];
  if (json.effect === "forbid") return [];
  const covered = uncountedVerbs.filter((verb) => covers(json.action, verb));
  if (covered.length === 0) return [];
  return [
    problemAt(
      source,
      0,
      `@max_rows can't be kept for ${covered.join(", ")}: how many rows they touch is not told. Name the verbs in the head: action in [${actionType}::"sql.read", ${actionType}::"sql.write"].`,
    ),
  ];
}

/** Likewise. The verbs are given, so that a test can plant one before there is any. */
export function maskProblems(
  source: Omit<PolicySource, "problems">,
  unmasked: readonly string[],
): readonly PolicyProblem[] {
  const { json } = source;
  if (json === null || !Object.hasOwn(json.annotations ?? {}, "mask")) return [];
  if (json.effect === "forbid") return [];
  const covered = unmasked.filter((verb) => covers(json.action, verb));
  if (covered.length === 0) return [];
  return [
    problemAt(
      source,
      0,
      `@mask can't be kept for ${covered.join(", ")}: what they return is not masked. Name the verbs in the head: action in [${actionType}::"sql.read", ${actionType}::"sql.write"].`,
    ),
  ];
}

function covers(action: ActionConstraint, verb: string): boolean {
  const names = [verb, ...groupsOf(verb)];
  if (action.op === "All") return true;
  if ("slot" in action) return true;
  const entities = "entities" in action ? action.entities : [action.entity];
  return entities.some((entity) => {
    return names.includes(("__entity" in entity ? entity.__entity : entity).id);
  });
}

function groupsOf(verb: string): readonly string[] {
  return Object.entries(familyMembers)
    .filter(([, members]) => members.some((member) => member === verb))
    .map(([group]) => group);
}

/** What is wrong with a set of policies as a whole: how many there are, ids that are taken, and what Cedar's schema says. */
import assert from "node:assert/strict";
import { validate } from "@cedar-policy/cedar-wasm/nodejs";
import { targetText } from "#/core/obligation.ts";
import type { ArgumentPath } from "./argument.ts";
import { schemaText } from "./schema.ts";
import {
  cedarProblem,
  familyAsVerb,
  familysOwn,
  type PolicyFile,
  type PolicyProblem,
  type PolicySource,
  problemAt,
} from "./source.ts";

export const policiesMax = 1000;
/** All of a set, each target once: one decision may join them all, and each record of it names them. */
export const maskTargetsOfSetMax = 500;

export function notUnicode({ path }: PolicyFile): PolicyProblem {
  return { file: path, line: 1, policy: null, message: "The text is not well-formed Unicode." };
}

export function checkCount(files: readonly PolicyFile[], count: number): readonly PolicyProblem[] {
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

export function checkIds(sources: readonly PolicySource[]): readonly PolicyProblem[] {
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

export function checkMasks(sources: readonly PolicySource[]): readonly PolicyProblem[] {
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
export function checkSchema(
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

/** Reads all annotations of one policy and tells everything that is wrong with them at once. */
import {
  approvalValidDefaultMs,
  noObligations,
  type Obligations,
  reviewTtlDefaultMs,
} from "#/core/obligation.ts";
import { type AnnotationName, annotations } from "./annotations.ts";
import { joinMasks } from "./join.ts";
import type { Parsed } from "./parsed.ts";

/** What the annotations of one policy say; what has a problem is as if it were absent. */
export interface Annotated {
  readonly id: string | null;
  readonly reason: string | null;
  readonly obligations: Obligations;
  readonly problems: readonly AnnotationProblem[];
}

/** `name` is the annotation that is wrong, or null where one is missing. */
export interface AnnotationProblem {
  readonly name: string | null;
  readonly message: string;
}

export function readAnnotations(
  effect: "permit" | "forbid",
  given: Readonly<Record<string, string | null>>,
): Annotated {
  const problems: AnnotationProblem[] = [];
  const complain = (name: string | null, message: string) => problems.push({ name, message });

  for (const name of Object.keys(given)) {
    if (isKnown(name)) {
      const message = misplaced(name, effect, given);
      if (message !== null) complain(name, message);
    } else {
      complain(name, `@${name} is not an annotation; known are ${known.join(", ")}.`);
    }
  }

  const read = <T>(name: AnnotationName, parse: (text: string) => Parsed<T>): T | null => {
    if (!Object.hasOwn(given, name)) return null;
    const text = given[name] ?? "";
    if (text === "") {
      complain(name, `@${name}: it is empty.`);
      return null;
    }
    const parsed = parse(text);
    if (parsed.ok) return parsed.value;
    complain(name, `@${name}: ${parsed.message}.`);
    return null;
  };

  const id = read("id", annotations.id.parse);
  if (!Object.hasOwn(given, "id")) complain(null, "A policy needs @id with a name of its own.");
  const reason = read("reason", annotations.reason.parse);
  const quorum = read("review", annotations.review.parse);
  const ttlMs = read("ttl", annotations.ttl.parse);
  const validMs = read("valid", annotations.valid.parse);
  const assurance = read("assurance", annotations.assurance.parse);

  const max = read("max_rows", annotations.max_rows.parse);
  const rows = max === null ? null : { max, policy: id ?? "" };

  const masks = joinMasks([read("mask", annotations.mask.parse) ?? []]);
  const reveals = read("reveal", annotations.reveal.parse) ?? [];

  const obligations: Obligations =
    quorum === null
      ? { ...noObligations, rows, masks }
      : {
          rows,
          masks,
          reveals,
          quorum,
          ttlMs: ttlMs ?? reviewTtlDefaultMs,
          validMs: validMs ?? approvalValidDefaultMs,
          assurance: assurance ?? noObligations.assurance,
        };
  return { id, reason, obligations, problems };
}

const known = Object.entries(annotations)
  .filter(([, { enforced }]) => enforced)
  .map(([name]) => `@${name}`);

function isKnown(name: string): name is AnnotationName {
  return Object.hasOwn(annotations, name);
}

/** Why this annotation can't be kept on this policy, whatever its value. */
function misplaced(
  name: AnnotationName,
  effect: "permit" | "forbid",
  given: Readonly<Record<string, string | null>>,
): string | null {
  const { enforced, belongs } = annotations[name];
  if (!enforced) {
    return `@${name} is known but no part of this version enforces it; remove it rather than rely on it.`;
  }
  if (effect === "forbid" && belongs !== "anywhere") {
    return `@${name} has no place on a forbid: a denial is final, and no one can approve it.`;
  }
  if (belongs === "review" && !Object.hasOwn(given, "review")) {
    return `@${name} has no effect without @review: this permit lets the action run at once.`;
  }
  return null;
}

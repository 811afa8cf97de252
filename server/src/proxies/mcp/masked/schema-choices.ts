/** Keywords of JSON Schema that ask which of several schemas a value is valid under. */
import type { Json } from "#/core/json.ts";
import { type At, isFine, type Judging, listOf, type Verdict, worst } from "./judging.ts";
import type { SchemaObject } from "./schema-assertions.ts";

export const choiceKeywords: ReadonlySet<string> = new Set(["anyOf", "oneOf", "not", "if"]);

export function byChoice(judging: Judging, keyword: string, part: SchemaObject, at: At): Verdict {
  const value = part[keyword] as Json;
  switch (keyword) {
    case "not":
      return judging.tell(at, opposite(judging.judge(value, branch(at))));
    case "if":
      return judging.tell(at, judgeIf(judging, part, at));
    default:
      return judging.tell(at, judgeSome(judging, keyword, listOf(value), at));
  }
}

function branch(at: At): At {
  return at.mode === "changed" ? { ...at, mode: "now" } : at;
}

function opposite(verdict: Verdict): Verdict {
  if (verdict === "valid") return "invalid";
  return verdict === "invalid" ? "valid" : "unknown";
}

function judgeIf({ judge }: Judging, part: SchemaObject, at: At): Verdict {
  const inner = branch(at);
  const condition = judge(part["if"], inner);
  const isAsBefore = judge(part["if"], { ...inner, mode: "before" }) === condition;
  const counted =
    condition === "valid"
      ? judge(part["then"], inner)
      : condition === "invalid"
        ? judge(part["else"], inner)
        : worst([judge(part["then"], inner), judge(part["else"], inner)]);
  const isKnown = isAsBefore && (condition === "valid" || condition === "invalid");
  return counted === "trusted" && !isKnown ? "unknown" : counted;
}

/**
 * What can't be told of a branch, and rests on nothing that was changed, held if that branch was the one before: so it is enough that each
 * branch that may have been it is still fine.
 */
function judgeSome({ judge }: Judging, keyword: string, parts: readonly Json[], at: At): Verdict {
  const inner = branch(at);
  const now = parts.map((each) => judge(each, inner));
  const count = (verdict: Verdict) => now.filter((each) => each === verdict).length;
  const fails = count("invalid") === parts.length;
  if (fails) return "invalid";
  if (at.mode === "before") {
    if (keyword === "anyOf") return count("valid") > 0 ? "valid" : "unknown";
    return count("valid") > 1 ? "invalid" : alone(now) === "valid" ? "valid" : "unknown";
  }
  if (keyword === "oneOf" && count("valid") > 1) return "invalid";
  if (keyword === "anyOf" && count("valid") > 0) return "valid";
  if (keyword === "oneOf" && alone(now) === "valid") return "valid";
  const before = parts.map((each) => judge(each, { ...inner, mode: "before" }));
  const candidates = now.filter((_, index) => before[index] !== "invalid");
  const mayHold = candidates.length > 0 && candidates.every(isFine);
  const isSure = keyword === "anyOf" || alone(now) !== null;
  return mayHold && isSure ? "trusted" : "unknown";
}

/** The only one that does not fail; null where there are more. */
function alone(verdicts: readonly Verdict[]): Verdict | null {
  const others = verdicts.filter((verdict) => verdict !== "invalid");
  return others.length === 1 ? (others[0] ?? null) : null;
}

/**
 * What has to be asked where an argument does not fit a rule: could the rule speak of this call at all?
 *
 * Each rule that names arguments is asked without what it says of them: what is left holds wherever the rule itself could, and in more cases. So
 * a rule for one tool does not stand in the way of another's, and none that could speak is passed over.
 */
import type { Clause, Expr, PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import { argumentsIn } from "./argument-uses.ts";

/** The rule as a permit under the same head, whose conditions name no arguments; null where the rule names none itself. */
export function withoutArguments(json: PolicyJson): PolicyJson | null {
  if (argumentsIn(json.conditions).length === 0) return null;
  const conditions = json.conditions.flatMap(({ kind, body }): readonly Clause[] =>
    (kind === "when" ? conjuncts(body) : [body])
      .filter((part) => argumentsIn([{ kind, body: part }]).length === 0)
      .map((part) => ({ kind, body: part })),
  );
  return { ...json, effect: "permit", annotations: {}, conditions };
}

function conjuncts(body: Expr): readonly Expr[] {
  if (!("&&" in body) || Array.isArray(body["&&"])) return [body];
  const { left, right } = body["&&"];
  return [...conjuncts(left), ...conjuncts(right)];
}

/**
 * Which arguments of a call the rules of a set name, and of which type each is: read from Cedar's own form of the rules, by what they do
 * with them.
 *
 * Guarantees one type for each path: rules that use one in two ways, or in a way that does not tell its type, are problems of the set. What no
 * rule names never reaches Cedar.
 */
import { pathText } from "#/core/json-leaves.ts";
import { type ArgumentPath, type ArgumentType, argumentText, typeWords } from "./argument.ts";
import { type ArgumentUse, argumentsIn } from "./argument-uses.ts";
import { type PolicyProblem, type PolicySource, problemAt } from "./source.ts";

/** Of a whole set. */
const argumentPathsMax = 200;
/** Keys in one path. */
const argumentKeysMax = 8;

export interface ArgumentTypes {
  readonly paths: readonly ArgumentPath[];
  readonly problems: readonly PolicyProblem[];
}

interface Known {
  type: ArgumentType | null;
  readonly keys: readonly string[];
  /** Where its type comes from. */
  source: PolicySource;
}

export function argumentTypes(sources: readonly PolicySource[]): ArgumentTypes {
  const known = new Map<string, Known>();
  const problems: PolicyProblem[] = [];
  const uses = sources.flatMap((source) => {
    return argumentsIn(source.json?.conditions ?? []).map((use) => ({ source, use }));
  });
  for (const { source, use } of uses) {
    const before = known.get(nameOf(use));
    if (before === undefined) {
      known.set(nameOf(use), { keys: use.keys, type: use.type, source });
    } else if (before.type === null || before.type === "any") {
      if (use.type !== null && use.type !== "any")
        Object.assign(before, { type: use.type, source });
    } else if (use.type !== null && use.type !== "any" && use.type !== before.type) {
      problems.push(contradiction(source, use, before));
    }
  }
  // What is compared with another one is of its type.
  for (let round = 0; round < uses.length; round += 1) {
    if (!uses.map(({ use }) => joinSame(use, known)).some(Boolean)) break;
  }
  for (const { use } of uses) {
    const each = known.get(nameOf(use));
    if (use.isList === true && each !== undefined && isOpen(each)) each.type = "Set<String>";
  }
  // Only asked for whether it is there is a type of its own only where nothing else is done with it.
  const used = new Set(uses.filter(({ use }) => use.type === null).map(({ use }) => nameOf(use)));
  for (const each of known.values()) {
    if (isOpen(each) && used.has(nameOf(each))) problems.push(untyped(each));
  }
  for (const { source, use } of uses) {
    if (use.keys.length === 0 || use.keys.length > argumentKeysMax)
      problems.push(wrongPath(source, use));
  }
  problems.push(...nestedAndUsed(known));
  if (known.size > argumentPathsMax) {
    const last = [...known.values()].at(-1);
    const message = `A set may name ${argumentPathsMax} arguments, and here are more.`;
    if (last !== undefined) problems.push(problemAt(last.source, 0, message));
  }
  const paths = [...known.values()].map(({ keys, type }) => ({ keys, type: type ?? "any" }));
  const byName = (one: ArgumentPath, other: ArgumentPath) =>
    pathText(one.keys) < pathText(other.keys) ? -1 : 1;
  return { paths: paths.toSorted(byName), problems };
}

function joinSame({ keys, same }: ArgumentUse, known: ReadonlyMap<string, Known>): boolean {
  if (same === null) return false;
  const [one, other] = [known.get(nameOf({ keys })), known.get(nameOf({ keys: same }))];
  if (one === undefined || other === undefined) return false;
  const [open, typed] = isOpen(one) ? [one, other] : [other, one];
  if (!isOpen(open) || isOpen(typed)) return false;
  open.type = typed.type;
  return true;
}

function isOpen({ type }: Known): boolean {
  return type === null || type === "any";
}

function nameOf({ keys }: Pick<ArgumentUse, "keys">): string {
  return JSON.stringify(keys);
}

/** What has members is no value, and what is a value has none. */
function nestedAndUsed(known: ReadonlyMap<string, Known>): readonly PolicyProblem[] {
  return [...known.values()].flatMap(({ keys, type, source }) => {
    const outer = keys.slice(0, -1);
    const above = outer.flatMap((_, at) => known.get(JSON.stringify(keys.slice(0, at + 1))) ?? []);
    const value = above.find((each) => !isOpen(each));
    if (value === undefined || type === null) return [];
    const message = `${argumentText(value.keys)} is used as ${typeWords[value.type ?? "any"]} in ${placeOf(value.source)}, and here it has members.`;
    return [at(source, keys, message)];
  });
}

function contradiction(source: PolicySource, use: ArgumentUse, before: Known): PolicyProblem {
  const [here, there] = [typeWords[use.type ?? "any"], typeWords[before.type ?? "any"]];
  const message = `${argumentText(use.keys)} is used as ${here}, and in ${placeOf(before.source)} as ${there}; a call has one of them, so that one rule could never speak.`;
  return at(source, use.keys, message);
}

function untyped({ source, keys }: Known): PolicyProblem {
  const message = `What ${argumentText(keys)} is can't be told from how it is used here; compare it with a value, or ask for it with has.`;
  return at(source, keys, message);
}

function wrongPath(source: PolicySource, { keys }: ArgumentUse): PolicyProblem {
  const message =
    keys.length === 0
      ? "context.args is no value by itself; name the arguments that the rule is about."
      : `An argument may be named by ${argumentKeysMax} keys, here they are ${keys.length}.`;
  return at(source, keys, message);
}

function at(source: PolicySource, keys: readonly string[], message: string): PolicyProblem {
  const { text } = source.piece;
  return problemAt(source, Math.max(0, text.indexOf(argumentText(keys))), message);
}

function placeOf({ file, id }: PolicySource): string {
  return id === null ? file.path : `the policy ${id}`;
}

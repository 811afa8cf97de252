/**
 * Whether an edit writes something in the place of what stands masked.
 *
 * What is written there may be just what it hides, so that nothing that an editor hears may hang on whether it is: neither that the edit
 * changes nothing, nor that it narrows.
 */
import { type Pseudonym, pseudonymForm, type ShownRuns } from "#/core/pseudonym.ts";
import { shownBytes } from "#/masking/values/parameter-text.ts";
import type { SqlAction } from "#/proxies/postgres/to-action.ts";

export interface WrittenEdit {
  readonly command: string;
  readonly parameters: readonly (string | null)[] | null;
}

export function writesOver(edit: WrittenEdit, sent: SqlAction, shown: ShownRuns): boolean {
  const before = namesShown(sent, shown);
  const after = counted(edit.command.match(pseudonymForm) ?? []);
  const isLess = [...before].some(([name, count]) => (after.get(name) ?? 0) < count);
  return isLess || writesParameters(edit, sent, shown);
}

/** How often each stands in the command as it is shown. */
function namesShown({ command, facts }: SqlAction, shown: ShownRuns): ReadonlyMap<string, number> {
  const bytes = Buffer.from(command, "utf8");
  const shownAs = new Map(shown.literals.map((each) => [each.written, each.shown]));
  const names: string[] = [];
  let besides = "";
  let last = 0;
  for (const { start, end } of facts.literals) {
    besides += `${bytes.toString("utf8", last, start)} `;
    names.push(...(shownAs.get(bytes.toString("utf8", start, end))?.match(pseudonymForm) ?? []));
    last = end;
  }
  besides += bytes.toString("utf8", last);
  for (const { name, value } of shown.pseudonyms.filter(standsInComment)) {
    for (const _ of besides.split(value).slice(1)) names.push(name);
  }
  return counted(names);
}

function standsInComment({ places, value }: Pseudonym): boolean {
  return value !== "" && places.some(({ kind }) => kind === "comment");
}

function writesParameters({ parameters }: WrittenEdit, sent: SqlAction, shown: ShownRuns): boolean {
  if (parameters === null) return false;
  return parameters.some((text, at) => {
    const held = sent.parameters[at];
    const { [at]: asShown } = shown.parameters;
    if (held === undefined || asShown === undefined) return false;
    return asShown !== shownBytes(held) && text !== asShown;
  });
}

function counted(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

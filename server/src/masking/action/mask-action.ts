/**
 * What people may see of an action, on every surface: its command, its parameters, the rows of data that come with it, and why the agent
 * says that it wants it.
 *
 * Guarantees that whatever was replaced is named as a field, which alone can be revealed; that the same value has the same number
 * in all of it; and that the whole follows from the action alone, so that everybody is shown the same. What can't be looked at is
 * replaced. Long texts are looked at piece by piece, so that nobody waits for them but who asked.
 */
import type { LoadedData } from "#/core/action.ts";
import { whyOpaque } from "#/core/facts.ts";
import type { Pseudonym } from "#/core/pseudonym.ts";
import type { Finder } from "#/masking/finder.ts";
import { createViewNumbers } from "#/masking/replacement/view-numbers.ts";
import { readableText } from "#/masking/values/parameter-text.ts";
import { maskAgentReason } from "./mask-agent-reason.ts";
import { maskCommandText } from "./mask-command-text.ts";
import { maskParameters, maskRows } from "./mask-parameters.ts";
import type { Hides, MaskedField, Runs } from "./shown.ts";

export interface ActionContent extends Runs {
  readonly data: LoadedData | null;
  /** In the agent's own words; null where it gave none. */
  readonly agentReason: string | null;
  /** What the caller itself sent, where a reviewer has edited it. */
  readonly asked: Runs | null;
  /** Columns whose values are masked whatever they hold; unless stated none. */
  readonly hides?: Hides;
}

export interface MaskedRuns {
  readonly command: string;
  /** Null is SQL's NULL. */
  readonly parameters: readonly (string | null)[];
}

export interface MaskedAction extends MaskedRuns {
  readonly data: readonly (readonly (string | null)[])[];
  readonly asked: MaskedRuns | null;
  readonly agentReason: string | null;
  /** In the order in which they are shown. */
  readonly fields: readonly MaskedField[];
  /** Of the command and its parameters, for an edit. */
  readonly pseudonyms: readonly Pseudonym[];
  /** The command can't be read, so that what is hidden in it may be what it does. */
  readonly isOpaque: boolean;
}

/** `pause` lets others work. */
export async function maskAction(
  finder: Finder,
  content: ActionContent,
  pause: () => Promise<void>,
): Promise<MaskedAction> {
  const numbers = createViewNumbers(textsOf(content));
  const hides = content.hides ?? (() => false);
  const tools = { finder, replace: numbers.replace, pause, hides };
  const command = await maskCommandText(tools, content, "command");
  const parameters = await maskParameters(tools, content, "parameters");
  const named = [...numbers.values];
  const data = await maskRows(tools, content.data);
  const asked = content.asked;
  const askedCommand = asked && (await maskCommandText(tools, asked, "asked.command"));
  const askedParameters = asked && (await maskParameters(tools, asked, "asked.parameters"));
  const reason = await maskAgentReason(tools, content.agentReason);
  return {
    agentReason: reason?.text ?? null,
    command: command.text,
    parameters: parameters.texts,
    data: data.texts,
    asked:
      askedCommand === null || askedParameters === null
        ? null
        : { command: askedCommand.text, parameters: askedParameters.texts },
    fields: [reason, command, parameters, data, askedCommand, askedParameters].flatMap(
      (part) => part?.fields ?? [],
    ),
    pseudonyms: named.map(([name, value]): Pseudonym => {
      return { name, value, places: command.places.get(name) ?? [] };
    }),
    isOpaque: whyOpaque(content.facts) !== null,
  };
}

function textsOf(content: ActionContent): readonly string[] {
  const { command, parameters, data, asked, agentReason } = content;
  const values = [
    ...parameters,
    ...(asked?.parameters ?? []),
    ...(data?.firstRows.flatMap((row) => row.values) ?? []),
  ];
  return [
    command,
    asked?.command ?? "",
    agentReason ?? "",
    ...values.map((value) => readableText(value) ?? ""),
  ];
}

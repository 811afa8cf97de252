/** What an agent's session had read before it asked, in words. Names in it are others': made visible by whoever shows them. */
import { entitiesText } from "./entity-text.ts";
import { listText } from "./list-text.ts";
import type { SessionReads } from "./wire/content.ts";

type SessionRead = SessionReads["from"][number];
type DataClass = NonNullable<SessionRead["data"]>;

/** What it may carry out, or may have been talked into: one sentence, or null where there is nothing of that kind. */
export function readsWarning({ from, isMore, isUnknown }: SessionReads): string | null {
  if (isUnknown === true) {
    return "What its session has read is not known: the gateway found nothing kept of that when it was started after an update. For twelve hours from then on confidential data and content that anybody may have written count as read.";
  }
  if (isMore) {
    return "Its session has read more than the gateway keeps apart: confidential data and content that anybody may have written count as read.";
  }
  const of = (data: DataClass) => from.filter((read) => read.data === data).map(nameOf);
  const told = (names: readonly string[], say: (from: string) => string) =>
    names.length === 0 ? [] : [say(listText(names))];
  const said = [
    ...told(of("confidential"), (names) => `confidential data from ${names}`),
    ...told(of("untrusted"), (names) => `content from ${names} that anybody may have written`),
  ];
  return said.length === 0 ? null : `Its session has read ${said.join(" and ")}.`;
}

/** `crm: confidential data, by get_contact and list_notes`. */
export function readText({ connection, data, tools, toolsMore }: SessionRead): string {
  const more =
    toolsMore === 0
      ? []
      : [`${toolsMore} ${tools.length === 0 ? "" : "more "}${plural(toolsMore)}`];
  const by = [...tools, ...more];
  return `${connection}: ${dataWords(data)}${by.length === 0 ? "" : `, by ${listText(by)}`}`;
}

/** What else there is to say, in sentences; empty where nothing is. */
export function readsBesides({ from, fromMore, masked, isMore }: SessionReads): string {
  return [
    ...(from.length === 0 && !isMore
      ? ["Nothing, as far as the gateway knows: it forgets after twelve hours."]
      : []),
    ...(fromMore === 0
      ? []
      : [`${fromMore} more ${fromMore === 1 ? "connection" : "connections"}.`]),
    ...maskedText(masked),
  ].join(" ");
}

/** What a connection's answers are. */
export function dataWords(data: SessionRead["data"]): string {
  return data === null ? "data of which nobody has said what it is" : words[data];
}

const words: Readonly<Record<DataClass, string>> = {
  public: "public data",
  internal: "internal data",
  confidential: "confidential data",
  untrusted: "content that anybody may have written",
};

/** `column` stands for all that a rule masks by its column. */
function maskedText(masked: readonly string[]): readonly string[] {
  const kinds = masked.filter((what) => what !== "column");
  const columns = kinds.length === masked.length ? [] : ["values of masked columns"];
  const all = [...(kinds.length === 0 ? [] : [entitiesText(kinds)]), ...columns];
  return all.length === 0 ? [] : [`Masked in it: ${listText(all)}.`];
}

function nameOf({ connection }: SessionRead): string {
  return connection;
}

function plural(count: number): string {
  return count === 1 ? "tool" : "tools";
}

/**
 * The text of an event stream (WHATWG HTML, "Server-sent events"), as it comes in.
 *
 * Guarantees that an event is told once, when it is whole, and that a line grows to `lineCharsMax` at most.
 */
export interface TextEvent {
  readonly event: string;
  readonly data: string;
  /** The last id that was sent, also by an event before. */
  readonly id: string | null;
}

/** What a server asks for before the next attempt is told as an event of this name. */
export const retryEvent = "retry" as const;
export const lineCharsMax = 1_000_000;

export function createEventReader(): (chunk: string) => readonly TextEvent[] {
  let rest = "";
  let id: string | null = null;
  let event = "";
  let data: string[] = [];

  const endEvent = (): readonly TextEvent[] => {
    const ended = { event: event === "" ? "message" : event, data: data.join("\n"), id };
    const isEmpty = data.length === 0;
    event = "";
    data = [];
    return isEmpty ? [] : [ended];
  };
  const take = (line: string): readonly TextEvent[] => {
    if (line === "") return endEvent();
    const colon = line.indexOf(":");
    if (colon === 0) return [];
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "retry" && /^\d+$/.test(value)) return [{ event: retryEvent, data: value, id }];
    if (field === "event") event = value;
    if (field === "data") data.push(value);
    if (field === "id" && !value.includes("\0")) id = value;
    return [];
  };
  return (chunk) => {
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    if (rest.length > lineCharsMax) throw new Error("A line of the event stream is too long.");
    return lines.flatMap(take);
  };
}

/** The events of a stream over HTTP (WHATWG HTML §9.2.6), as far as MCP uses them. */

export interface StreamEvent {
  readonly id: string | null;
  readonly data: string;
}

/** What is kept of a stream whose event does not end. */
const eventCharsMax = 64 * 1024 * 1024;

export async function* readEvents(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<StreamEvent, void, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  let id: string | null = null;
  let data: string[] = [];
  for await (const piece of pieces) {
    rest += decoder.decode(piece, { stream: true });
    // A CR at the end may be half of a line break.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    if (rest.length > eventCharsMax) throw new RangeError("an event of the gateway's does not end");
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0 || id !== null) yield { id, data: data.join("\n") };
        data = [];
        id = null;
        continue;
      }
      const [, field = "", value = ""] = /^([^:]*)(?:: ?([^]*))?$/.exec(line) ?? [];
      if (field === "data") data.push(value);
      else if (field === "id") id = value;
    }
  }
}

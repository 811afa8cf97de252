/** A reviewer's edit on its way: the message with other arguments, the headers that mirror them, and what the agent is told of it. */
import type { Review } from "#/core/review.ts";
import { memberOf } from "#/proxies/mcp/json/json-value.ts";
import { parseJson } from "#/proxies/mcp/json/parse-json.ts";
import { type Place, shallowMembers } from "#/proxies/mcp/json/shallow.ts";
import type { Request } from "#/proxies/mcp/wire/codec.ts";
import { type MirroredParameter, mirroredHeader } from "#/proxies/mcp/wire/mirrored-parameters.ts";

export interface EditedRun {
  readonly command: string;
  readonly body: Buffer;
  readonly changed: Readonly<Record<string, string | null>>;
  /** The answer with a sentence before it that says what ran. */
  readonly note: (message: Buffer, result: Place) => Buffer;
}

/** UTF-16 code units of the arguments; the whole of them is in the review. */
const argumentsShownCharsMax = 2_000;

export function editedRun(
  request: Request,
  review: Review,
  url: string,
  mirrored: readonly MirroredParameter[],
): EditedRun {
  const { command } = review.action;
  const edited = memberOf(parseJson(command), "arguments");
  const text = edited === null ? "{}" : command.slice(edited.start, edited.end);
  const changed = Object.fromEntries(
    mirrored.map((parameter) => [
      `mcp-param-${parameter.header.toLowerCase()}`,
      mirroredHeader(parameter, { node: edited, text: command }),
    ]),
  );
  const note = JSON.stringify({ type: "text", text: noteText(review, text, url) });
  const told = JSON.stringify({ code: "overridden", review: review.id, url, retry: "never" });
  return {
    command,
    body: Buffer.from(withArguments(request, text)),
    changed,
    note: (message, result) => withNote(message, result, note, told),
  };
}

function withArguments({ params, text }: Request, edited: string): string {
  if (params === null) return text;
  const given = memberOf(params, "arguments");
  if (given !== null) return text.slice(0, given.start) + edited + text.slice(given.end);
  const at = params.start + 1;
  const comma = params.members.length === 0 ? "" : ",";
  return `${text.slice(0, at)}"arguments":${edited}${comma}${text.slice(at)}`;
}

function noteText({ overrides }: Review, text: string, url: string): string {
  const edit = overrides.at(-1);
  const editor = edit?.person.name ?? "A reviewer";
  const reason = edit === undefined ? "" : ` Reason: ${edit.comment}`;
  const isCut = text.length > argumentsShownCharsMax;
  const shown = isCut ? `${text.slice(0, argumentsShownCharsMax).toWellFormed()}…` : text;
  return `Your call did not run as you made it: ${editor} edited its arguments, and it ran with these instead: ${shown}.${reason} Go on from what ran; do not make the call again to undo that. ${url}`;
}

function withNote(message: Buffer, result: Place, note: string, told: string): Buffer {
  const text = message.toString("latin1");
  const members = shallowMembers(text, result.start);
  const content = members?.get("content");
  const parts: { readonly at: number; readonly insert: string }[] = [];
  if (content !== undefined && text[content.start] === "[") {
    const isEmpty = /^\[\s*\]$/.test(text.slice(content.start, content.end));
    parts.push({ at: content.start + 1, insert: isEmpty ? note : `${note},` });
  } else if (members !== null) {
    parts.push({
      at: result.start + 1,
      insert: `"content":[${note}]${members.size === 0 ? "" : ","}`,
    });
  }
  const meta = members?.get("_meta");
  const key = `"countersign/refusal":${told}`;
  if (meta !== undefined && text[meta.start] === "{") {
    const isEmpty = /^\{\s*\}$/.test(text.slice(meta.start, meta.end));
    parts.push({ at: meta.start + 1, insert: isEmpty ? key : `${key},` });
  }
  let last = 0;
  const pieces: Buffer[] = [];
  for (const { at, insert } of parts.toSorted((one, other) => one.at - other.at)) {
    pieces.push(message.subarray(last, at), Buffer.from(insert));
    last = at;
  }
  return Buffer.concat([...pieces, message.subarray(last)]);
}

/** The head of a request that is sent. */
import { fieldLine } from "./fields.ts";
import { Http1Error } from "./http1-error.ts";

export interface RequestHead {
  readonly method: string;
  /** Path and query, as they are sent. */
  readonly target: string;
  readonly host: string;
  /** In lower case; those behind stand in for those before. None of them says how the message is framed. */
  readonly fields: readonly Readonly<Record<string, string>>[];
  /** Null where it has no body. */
  readonly bodyBytes: number | null;
}

const methodForm = /^[A-Z]+$/;
const targetForm = /^\/[\x21-\x7e]*$/;
const framing: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "host",
  "transfer-encoding",
  "upgrade",
]);

/** With the empty line behind it. Throws an `Http1Error` where it could be read as something else. */
export function requestHeadText({ method, target, host, fields, bodyBytes }: RequestHead): string {
  if (!methodForm.test(method) || !targetForm.test(target)) throw new Http1Error("unwritable");
  let text = `${method} ${target} HTTP/1.1\r\n${fieldLine("host", host)}`;
  for (let at = 0; at < fields.length; at += 1) {
    const some = fields[at];
    for (const name in some) {
      if (framing.has(name)) throw new Http1Error("unwritable");
      if (!isReplaced(name, fields, at)) text += fieldLine(name, some[name] ?? "");
    }
  }
  return `${text}${bodyBytes === null ? "" : `content-length: ${bodyBytes}\r\n`}\r\n`;
}

function isReplaced(name: string, fields: RequestHead["fields"], at: number): boolean {
  for (let behind = at + 1; behind < fields.length; behind += 1) {
    if (Object.hasOwn(fields[behind] ?? {}, name)) return true;
  }
  return false;
}

/** A message as an event of a stream. */
import type { StreamEvent } from "#/proxies/mcp/upstream/upstream.ts";

/**
 * A line break within the message, which JSON has only between values, begins another line of data. What a message is called is what an
 * event without a name is called (WHATWG HTML §9.2.6); there are clients that take none without it.
 */
export function eventBytes({ id, retryMs, data }: StreamEvent): Buffer {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const isOneLine = !bytes.includes(0x0a) && !bytes.includes(0x0d);
  const text = isOneLine
    ? bytes
    : Buffer.from(bytes.toString("latin1").replaceAll(/\r\n?|\n/g, "\ndata: "), "latin1");
  const named = data.length === 0 ? "" : "event: message\n";
  const head = `${named}${id === null ? "" : `id: ${id}\n`}${retryMs === null ? "" : `retry: ${retryMs}\n`}data: `;
  return Buffer.concat([Buffer.from(head), text, eventEnd]);
}

const eventEnd = Buffer.from("\n\n");

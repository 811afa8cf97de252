/** A file or pipe as text. Where there is more than may be, no more than that is read: what has no end has no size either. */
import { createReadStream } from "node:fs";

/** @throws what the system says, or that it is too large */
export async function readBounded(file: string, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(file, { end: bytesMax })) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  if (bytes.length > bytesMax) throw new Error("too large");
  return bytes.toString("utf8");
}

/** What real clients sent after they had signed in, message by message, as `bench/record-clients.ts` wrote it down. */
import { readFileSync } from "node:fs";

export interface Recording {
  /** Name and version of the client. */
  readonly client: string;
  /** In base64. */
  readonly messages: readonly string[];
}

export const recordingsFile: URL = new URL("./client-recordings.json", import.meta.url);

/** One list of messages for each client. */
export function readRecordings(): readonly (readonly Buffer[])[] {
  const recordings = JSON.parse(readFileSync(recordingsFile, "utf8")) as readonly Recording[];
  return recordings.map(({ messages }) => messages.map((each) => Buffer.from(each, "base64")));
}

/** The table that the recorded statements are about. */
export function fixtures(owner: string): string {
  return `
    drop table if exists items cascade;
    create table items (id int primary key, name text);
    insert into items values (1, 'a'), (2, 'b'), (3, 'c');
    alter table items owner to ${owner}`;
}

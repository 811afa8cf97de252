/**
 * What clients send at their start and to look around: reads, none of which may open a review. `recorded` was sent by
 * the client itself to PostgreSQL 18; `written` has what a client that can't be run here asks, in words of our own.
 * Without what runs or fetches by a name: that is for the session to tell.
 */
import { readdirSync, readFileSync } from "node:fs";

export interface ClientStatement {
  /** The file that it stands in. */
  readonly group: string;
  readonly client: string;
  readonly sql: string;
}

interface Client {
  readonly client: string;
  readonly source: "recorded" | "written";
  readonly statements: readonly string[];
}

const folder = new URL("./clients/", import.meta.url);

export const clientStatements: readonly ClientStatement[] = readdirSync(folder)
  .toSorted()
  .flatMap((file) => {
    const clients = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as readonly Client[];
    const group = file.replace(".json", "");
    return clients.flatMap(({ client, statements }) =>
      statements.map((sql) => ({ group, client, sql })),
    );
  });

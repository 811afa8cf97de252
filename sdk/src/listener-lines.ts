/** Where agents come in, for whoever reads the status; the API is told with the console. */
import type { Status } from "./wire/status.ts";

/** Name and address. That of PostgreSQL listens in any case, and is of no use where no database is configured. */
export function listenerLines({
  listeners,
  connections,
}: Pick<Status, "listeners" | "connections">): readonly (readonly [string, string])[] {
  const hasDatabase = connections.some(({ kind }) => kind === "postgres");
  return Object.entries(listeners)
    .filter(([name]) => name !== "api" && (name !== "postgres" || hasDatabase))
    .map(([name, { host, port }]) => [name, `${host}:${port}`]);
}

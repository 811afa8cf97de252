/** How a connection's upstream is, in words; its age and its beginning are said by whoever shows it. */
import type { Health } from "./wire/connection.ts";

export const healthWords: Readonly<Record<Health["state"], string>> = {
  unknown: "not tested yet",
  reachable: "reachable",
  failing: "not usable",
};

/** Why it is not usable, or what is there; null where there is nothing to say. */
export function healthDetail({ state, failure, serverVersion }: Health): string | null {
  if (state === "failing" && failure !== null) return failure.message;
  return serverVersion === null ? null : `PostgreSQL ${serverVersion}`;
}

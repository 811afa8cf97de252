import type { Health as WireHealth } from "@countersign/sdk/wire/connection";
import type { Health } from "#/core/health.ts";

export function presentHealth({ since, heardAt, ...health }: Health): WireHealth {
  const text = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  return { ...health, since: text(since), heardAt: text(heardAt) };
}

/** Whether sessions with an upstream can be had, as far as was heard last. */
import type { ErrorCode } from "./errors.ts";

export const healthStates = ["unknown", "reachable", "failing"] as const;
export type HealthState = (typeof healthStates)[number];

export interface Health {
  readonly state: HealthState;
  /** Since when it has been so, in milliseconds; null where nothing was heard yet. */
  readonly since: number | null;
  /** When that was heard last, from a session or a test. */
  readonly heardAt: number | null;
  /** Of the last try, where that failed. Its message is safe to show. */
  readonly failure: { readonly code: ErrorCode; readonly message: string } | null;
  /** As the server said it last. */
  readonly serverVersion: string | null;
}

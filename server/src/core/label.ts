/** What is known of what a session has read. */

/** What a connection's answers are. `untrusted`: anybody may have written them. */
export const dataClasses = ["public", "internal", "confidential", "untrusted"] as const;
export type DataClass = (typeof dataClasses)[number];

/** What a session had read by the time at which an action of it was decided on, for the people who are asked. */
export interface SessionReads {
  /** What a person has to know first. */
  readonly from: readonly SessionRead[];
  readonly fromMore: number;
  /** What of it rules have masked, so that it passed as something else. Sorted. */
  readonly masked: readonly string[];
  /** More was read than is kept apart. */
  readonly isMore: boolean;
  /** Nothing was kept of what was read before the gateway was updated, so everything counts as read. */
  readonly isUnknown?: true;
}

/** What it has read through one connection. */
export interface SessionRead {
  readonly connection: string;
  /** On its owner's word, or `untrusted` on its server's own where they say nothing; null where neither does. */
  readonly data: DataClass | null;
  /** By which tools, as far as its server lists them: what was used last first. */
  readonly tools: readonly string[];
  readonly toolsMore: number;
  /** In milliseconds: when it first read there, and when last. */
  readonly since: number;
  readonly at: number;
}

/** More was read than is kept apart: whatever a rule asks for may be among it. */
export const overflowLabel = "everything";

/** What is kept of a session's labels, so that they outlast the process. */
export interface KeptLabels {
  /** Of whom they are. */
  readonly scope: string;
  /** When it was kept. */
  readonly at: number;
  readonly document: string;
}

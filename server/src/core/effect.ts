import type { Sample } from "./sample.ts";

/** How much an action would touch, as far as the upstream can tell before it runs. No part of its digest. */
export const effectBases = ["measured", "estimated", "unknown"] as const;
export type EffectBasis = (typeof effectBases)[number];

export interface Effect {
  readonly basis: EffectBasis;
  /** Of the command itself, without what triggers and foreign keys do; null where it is unknown. */
  readonly rows: number | null;
  /** In milliseconds. */
  readonly at: number;
  /** Why it is not known, in a sentence without data; null where it is. */
  readonly reason: string | null;
  /** What the number leaves out, or what finding it out has left behind. */
  readonly caveat: string | null;
  /** Some of the rows that were measured, masked; null where none can be shown. */
  readonly sample: Sample | null;
}

/** What a connection allows the gateway to find out. */
export const previewModes = ["none", "estimate", "measured"] as const;
export type PreviewMode = (typeof previewModes)[number];

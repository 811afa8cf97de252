/** How a recognizer is described. */
import type { Entity } from "#/core/entity.ts";

export interface CatalogueEntry {
  readonly finds: string;
  /** What makes it sure. */
  readonly evidence: string;
  readonly misses: string;
  /** Texts in which exactly this is found; secrets are put together, so that nobody takes them for real ones. */
  readonly examples: readonly string[];
}

export type Entries = Readonly<Partial<Record<Entity, CatalogueEntry>>>;

/** Put together here, so that no scanner of repositories takes it for a real one. */
export function joined(...parts: readonly string[]): string {
  return parts.join("");
}

export const needsWord =
  "check digits, and a word that names it before or after; bare digits alone are too often something else";
export const form = "check digits, and its usual form or a word nearby";
export const bare =
  "check digits that few numbers pass: also as bare digits, unless a word such as `order` stands before";

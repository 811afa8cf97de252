/** How a provider's token is told: by its own form, or by the words that it is assigned under. */

export interface TokenRule {
  /** `provider.kind`, stable: findings carry it. */
  readonly id: string;
  /** Shapes as `token-shape.ts` reads them. */
  readonly shapes: readonly string[];
  /** Whether letters stand for both cases. */
  readonly fold?: boolean;
  /** Only where one of these words stands shortly before. */
  readonly words?: readonly string[];
  /** How sure a match is, from 0 to 1; 0.95 unless stated. */
  readonly confidence?: number;
  /** What else has to hold. */
  readonly check?: "aws_key_id";
  readonly source: string;
}

/** A value without a form of its own, under a name that tells what it is: `DATADOG_API_KEY="…"`. */
export interface AssignedRule {
  readonly id: string;
  /** One of these has to be in the name, in either case. */
  readonly words: readonly string[];
  /** What the value is made of, as one run of a shape. */
  readonly values: readonly string[];
  readonly source: string;
}

/** Where forms are from. Patterns were rewritten as shapes; nothing of these projects is part of this one. */
export const sources = {
  gitleaks: "gitleaks, config/gitleaks.toml (MIT)",
  noseyparker: "Nosey Parker, default rules (Apache-2.0)",
  secretlint: "secretlint, rule presets (MIT)",
  provider: "the provider's documentation of its tokens",
  github: "GitHub, supported secret scanning patterns",
  gitlab: "GitLab, token overview: token prefixes",
} as const;

export function tokens(
  source: string,
  rows: Readonly<Record<string, string | readonly string[]>>,
  common: Partial<TokenRule> = {},
): readonly TokenRule[] {
  return Object.entries(rows).map(([id, shapes]) => ({
    ...common,
    id,
    shapes: typeof shapes === "string" ? [shapes] : shapes,
    source,
  }));
}

export function assigned(
  source: string,
  rows: Readonly<Record<string, readonly [words: string, values: string]>>,
): readonly AssignedRule[] {
  return Object.entries(rows).map(([id, [words, values]]) => ({
    id,
    words: words.split(" "),
    values: values.split(" "),
    source,
  }));
}

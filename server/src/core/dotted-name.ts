/** Names of parts, as facts have them: `schema.name`, and a part with a dot or a quote in it in quotes, so that no two names look alike. */

export function dotted(parts: readonly string[]): string {
  return parts.map(quoteIfAmbiguous).join(".");
}

function quoteIfAmbiguous(part: string): string {
  return /[."]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part;
}

/** The parts that `dotted` was given. */
export function partsOfName(name: string): readonly string[] {
  if (!name.includes('"')) return name.split(".");
  const parts = name.match(/"(?:[^"]|"")*"|[^."]+|(?<=^|\.)(?=\.|$)/g) ?? [];
  return parts.map((part) =>
    part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part,
  );
}

/** A name without its schema. */
export function lastPart(name: string): string {
  return partsOfName(name).at(-1) ?? "";
}

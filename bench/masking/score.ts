/** What was found, missed and taken for something that it is not; and how that is shown. */

export interface Score {
  found: number;
  missed: number;
  wrong: number;
}

export function scoreRow(name: string, { found, missed, wrong }: Score): string {
  const precision = found / Math.max(1, found + wrong);
  const recall = found / Math.max(1, found + missed);
  const f = (2 * precision * recall) / Math.max(1e-9, precision + recall);
  return `| ${name} | ${precision.toFixed(3)} | ${recall.toFixed(3)} | ${f.toFixed(3)} | ${found + missed} |`;
}

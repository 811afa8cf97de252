/** What is found of CredData's labels, as the page shows it. */
import { entityOf } from "../../server/src/core/entity.ts";
import type { Finder } from "../../server/src/masking/finder.ts";
import { readCredData } from "./creddata.ts";

/** What its labels count besides secrets: identifiers, names of buckets and domains, numbers used once. */
const noSecrets = /^(?:UUID|AWS S3 Bucket|Firebase Domain|Nonce|Auth:Nonce|Auth:Nonce:UUID)$/;

export function credDataRows(
  finder: Finder,
  dir: string | undefined,
  repositories: string | undefined,
): readonly string[] {
  if (dir === undefined || repositories === undefined) return [];
  const set = readCredData(dir, repositories);
  const counts = {
    all: 0,
    allFound: 0,
    secrets: 0,
    secretsFound: 0,
    others: 0,
    wrong: 0,
    unlabelled: 0,
  };
  for (const { text, labels } of set.files) {
    const findings = finder.find(text).filter(({ entity }) => entityOf(entity).kind === "secret");
    const explained = new Set<number>();
    const at = (start: number, end: number) =>
      findings.filter((finding) => finding.start < end && finding.end > start);
    for (const { start, end, category } of labels.filter(({ isSecret }) => isSecret)) {
      const found = at(start, end);
      for (const finding of found) explained.add(finding.start);
      counts.all += 1;
      counts.allFound += Math.min(1, found.length);
      if (noSecrets.test(category)) continue;
      counts.secrets += 1;
      counts.secretsFound += Math.min(1, found.length);
    }
    for (const { start, end } of labels.filter(({ isSecret }) => !isSecret)) {
      const found = at(start, end).filter((finding) => !explained.has(finding.start));
      for (const finding of found) explained.add(finding.start);
      counts.others += 1;
      counts.wrong += Math.min(1, found.length);
    }
    counts.unlabelled += findings.filter(({ start }) => !explained.has(start)).length;
  }
  const { all, allFound, secrets, secretsFound, others, wrong, unlabelled } = counts;
  const share = (part: number, whole: number) => (part / Math.max(1, whole)).toFixed(3);
  return [
    `CredData, a sample: ${set.repositories} of its repositories, ${set.files.length} files; a label is found where a finding overlaps its value. Its other repositories`,
    "have to be fetched one by one, and values in it are obfuscated before others measure with it; here they are as they were. Of the whole set, gitleaks",
    "is reported with P 0.526, R 0.244, detect-secrets with 0.142 and 0.381, CredSweeper with 0.917 and 0.808 (2022).",
    "",
    "| labels | of | found |",
    "| --- | --- | --- |",
    `| of all that it labels true | ${all} | ${allFound} (${share(allFound, all)}) |`,
    `| of secrets: without identifiers, names of buckets and domains, and nonces | ${secrets} | ${secretsFound} (${share(secretsFound, secrets)}) |`,
    `| false ones that are found (precision ${share(allFound, allFound + wrong)}) | ${others} | ${wrong} (${share(wrong, others)}) |`,
    `| findings where nothing is labelled | | ${unlabelled} |`,
    "",
  ];
}

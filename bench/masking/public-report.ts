/** What is found of the public development sets, as the page shows it. */
import { readFileSync } from "node:fs";
import { type Entity, parseEntity } from "../../server/src/core/entity.ts";
import type { Finder } from "../../server/src/masking/finder.ts";
import { credDataRows } from "./creddata-report.ts";
import { readDetectSecrets, readKingfisher, readLabelled, readTrufflehog } from "./peer-sets.ts";
import {
  type Recognized,
  readGitleaks,
  readNoseyParker,
  readPresidioResearch,
  readPresidioTests,
  readSecretlint,
  type Spans,
} from "./public-sets.ts";
import { type Score, scoreRow } from "./score.ts";
import { secretRows } from "./secret-report.ts";

/** Where checkouts and files are; of what is not named nothing is measured. */
export interface PublicPaths {
  readonly noseyparker?: string | undefined;
  readonly gitleaks?: string | undefined;
  readonly secretlint?: string | undefined;
  readonly presidio?: string | undefined;
  readonly "presidio-research"?: string | undefined;
  readonly alcatraz?: string | undefined;
  readonly "detect-secrets"?: string | undefined;
  readonly creddata?: string | undefined;
  readonly "creddata-repositories"?: string | undefined;
  readonly kingfisher?: string | undefined;
  readonly trufflehog?: string | undefined;
  readonly "gitleaks-labelled"?: string | undefined;
  readonly "betterleaks-labelled"?: string | undefined;
}

export function publicSets(finder: Finder, paths: PublicPaths): readonly string[] {
  const secrets = secretRows(finder, [
    ["Nosey Parker, rule examples", read(paths.noseyparker, readNoseyParker)],
    ["gitleaks, literal rule tests", read(paths.gitleaks, readGitleaks)],
    ["secretlint, snapshots", read(paths.secretlint, readSecretlint)],
    ["detect-secrets, tests of plugins", read(paths["detect-secrets"], readDetectSecrets)],
    [
      "gitleaks, all that its rules are validated with",
      read(paths["gitleaks-labelled"], readLabelled),
    ],
    ["betterleaks, the same", read(paths["betterleaks-labelled"], readLabelled)],
    ["Kingfisher, rule examples", read(paths.kingfisher, readKingfisher)],
    ["TruffleHog, tests of detectors", read(paths.trufflehog, readTrufflehog)],
  ]);
  const recognized = read(paths.presidio, readPresidioTests);
  const sentences = read(paths["presidio-research"], readPresidioResearch);
  const corpus = read(paths.alcatraz, readCorpus);
  const parts = [
    ...secrets,
    ...credDataRows(finder, paths.creddata, paths["creddata-repositories"]),
    ...(recognized === null ? [] : recognizedRows(finder, recognized)),
    ...(sentences === null ? [] : spanRows(finder, sentences)),
    ...(corpus === null ? [] : corpusRows(finder, corpus)),
  ];
  return parts.length === 0 ? [] : ["## Public development sets", "", ...parts];
}

function read<Set>(path: string | undefined, reader: (path: string) => Set): Set | null {
  return path === undefined ? null : reader(path);
}

/** Each text by itself, and behind the name of what it is looked at for, as a column would have it. */
function recognizedRows(finder: Finder, set: readonly Recognized[]): readonly string[] {
  const byEntity = Map.groupBy(set, ({ entity }) => entity);
  const total = { texts: 0, found: 0, named: 0, others: 0, wrong: 0 };
  const rows = [...byEntity]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([entity, texts]) => {
      const positive = texts.filter(({ isFound }) => isFound);
      const negative = texts.filter(({ isFound }) => !isFound);
      const name = `${entity.replace(/^[a-z]{2}_/, "").replaceAll("_", " ")}: `;
      const has = (text: string) => finder.find(text).some((finding) => finding.entity === entity);
      const found = positive.filter(({ text }) => has(text)).length;
      const named = positive.filter(({ text }) => has(name + text)).length;
      const wrong = negative.filter(({ text }) => has(text)).length;
      total.texts += positive.length;
      total.found += found;
      total.named += named;
      total.others += negative.length;
      total.wrong += wrong;
      return `| ${entity} | ${positive.length} | ${found} | ${named} | ${negative.length} | ${wrong} |`;
    });
  const { texts, found, named, others, wrong } = total;
  return [
    "Texts of the tests of Presidio's recognizers: one recognizer looks at each there, all look at once here. By themselves, bare digits are not found that need a",
    "word; behind the name of what they are, as in a column, they are. What is left has no valid check digit, or is a loopback address, which leads to no one.",
    "",
    "| kind | positive | found by itself | behind its name | negative | false alarms |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
    `| all | ${texts} | ${found} (${(found / texts).toFixed(3)}) | ${named} (${(named / texts).toFixed(3)}) | ${others} | ${wrong} (${((100 * wrong) / others).toFixed(1)} %) |`,
    "",
  ];
}

const spanKinds: readonly Entity[] = [
  "email",
  "credit_card",
  "iban",
  "us_ssn",
  "ip_address",
  "phone_number",
];

interface Range {
  readonly start: number;
  readonly end: number;
}

function overlaps(one: Range, other: Range): boolean {
  return one.start < other.end && one.end > other.start;
}

function spanRows(finder: Finder, set: readonly Spans[]): readonly string[] {
  const scores = new Map<Entity, Score>(
    spanKinds.map((kind) => [kind, { found: 0, missed: 0, wrong: 0 }]),
  );
  for (const { text, spans } of set) {
    const bytes = Buffer.from(text);
    const findings = finder.find(bytes).map(({ entity, start, end }) => ({
      entity,
      start: bytes.toString("utf8", 0, start).length,
      end: bytes.toString("utf8", 0, end).length,
    }));
    for (const [kind, score] of scores) {
      const wanted = spans.filter(({ type }) => parseEntity(type) === kind);
      const told = findings.filter(({ entity }) => entity === kind);
      for (const span of wanted) {
        if (told.some((finding) => overlaps(finding, span))) score.found += 1;
        else score.missed += 1;
      }
      score.wrong += told.filter((one) => !wanted.some((span) => overlaps(one, span))).length;
    }
  }
  return [
    "Presidio's synthetic sentences (`synth_dataset_v2`): spans that overlap one of the same kind. Of all its types, names and places among them, Presidio's own",
    "report has P 0.685, R 0.603 as it comes, and P 0.870, R 0.839 tuned.",
    "",
    "| kind | precision | recall | F | of |",
    "| --- | --- | --- | --- | --- |",
    ...[...scores].map(([kind, score]) => scoreRow(kind, score)),
    "",
  ];
}

interface Document {
  readonly density: string;
  readonly text: string;
}

/** As its generator writes it: a document a line. */
function readCorpus(file: string): readonly Document[] {
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Document);
}

const corpusRounds = 5;

function corpusRows(finder: Finder, corpus: readonly Document[]): readonly string[] {
  const rows = [...Map.groupBy(corpus, ({ density }) => density)].map(([density, documents]) => {
    const texts = documents.map(({ text }) => Buffer.from(text));
    const bytes = texts.reduce((sum, { length }) => sum + length, 0);
    let best = Number.POSITIVE_INFINITY;
    let count = 0;
    for (let round = 0; round < corpusRounds; round += 1) {
      const before = process.cpuUsage();
      count = texts.reduce((sum, text) => sum + finder.find(text).length, 0);
      const { user, system } = process.cpuUsage(before);
      best = Math.min(best, user + system);
    }
    return `| ${density} | ${(bytes / 1e6).toFixed(1)} | ${(bytes / best).toFixed(0)} | ${count} |`;
  });
  return [
    "The corpus that alcatraz is measured with (its generator, seed 42). Its own report has 0.66 to 1.25 MB/s.",
    "",
    "| density | MB | MB/s | findings |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
  ];
}

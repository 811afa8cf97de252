/** What is found of secrets in the tests of other scanners, and how sure what is found in their negatives is. */
import { entityOf } from "../../server/src/core/entity.ts";
import type { Finder } from "../../server/src/masking/finder.ts";
import type { Labelled } from "./public-sets.ts";

type NamedSet = readonly [name: string, set: readonly Labelled[] | null];

/** Rules for what is no secret: names of buckets, accounts, users, hosts and folders, public keys, identifiers; and what others than secrets are. */
const noSecrets =
  /^np\.(?:age\.1|arn|aws\.3|s3|gcs|linkedin|shopify|reactapp\.1)|no-homedir|rule-example\/|azure_client_id|ad_tenant_id|Account ID|^(?:ip_public|high_entropy_strings)$|-(?:client-id|app-id|tenant-id|address|url|host|account-name|cloud-name|token-name|key-id)(?:\.\d)?$|^kingfisher\.(?:age\.1|linkedin|reactapp\.1|azuresearch\.url)/;
/** Rules for passwords and keys that only their name tells. */
const generic =
  /^(?:np|kingfisher)\.(?:generic|gradle|jwt\.[23]|odbc|phpmailer|psexec|reactapp|vmware|weak_password)|^generic|^keyword/;

/** How a secret is told, the surest first. */
const kinds = [
  "by its own form",
  "under a provider's name",
  "under a name that says secret",
] as const;

type Kind = (typeof kinds)[number];

interface Told {
  readonly text: string;
  readonly entity: string;
  readonly kind: Kind;
}

function secretsIn(finder: Finder, text: string | Uint8Array): readonly Told[] {
  const bytes = Buffer.from(text);
  return finder
    .find(bytes)
    .filter(({ entity }) => entityOf(entity).kind === "secret")
    .map(({ entity, start, end, confidence }) => ({
      text: bytes.toString("utf8", start, end),
      entity,
      kind: kinds[confidence >= 0.85 ? 0 : confidence >= 0.8 ? 1 : 2] ?? kinds[2],
    }));
}

export function secretRows(finder: Finder, sets: readonly NamedSet[]): readonly string[] {
  const known = sets.flatMap(([name, set]) =>
    set === null
      ? []
      : [{ name, texts: set.map((each) => ({ ...each, told: secretsIn(finder, each.text) })) }],
  );
  if (known.length === 0) return [];
  /** What some set labels true: as a negative of another rule it is none of *its* tokens. */
  const labelledTrue = new Set(
    known.flatMap(({ texts }) =>
      texts.flatMap(({ isSecret, told }) => (isSecret ? told.map(({ text }) => text) : [])),
    ),
  );
  const isAlarm = ({ text }: Told) => !labelledTrue.has(text);
  const rows = known.map(({ name, texts }) => {
    const secrets = texts.filter((each) => each.isSecret && !noSecrets.test(each.origin));
    const share = (some: typeof texts) => {
      const found = some.filter(({ told }) => told.length > 0).length;
      return some.length === 0 ? "–" : `${(found / some.length).toFixed(3)} of ${some.length}`;
    };
    const negatives = texts.filter((each) => !each.isSecret);
    const found = negatives.filter(({ told }) => told.length > 0);
    const surest = found.map(({ told }) =>
      Math.min(...told.filter(isAlarm).map(({ kind }) => kinds.indexOf(kind))),
    );
    const count = (index: number) => surest.filter((each) => each === index).length;
    return `| ${name} | ${share(secrets.filter(({ origin }) => !generic.test(origin)))} | ${share(secrets.filter(({ origin }) => generic.test(origin)))} | ${found.length} of ${negatives.length} | ${count(Number.POSITIVE_INFINITY)} | ${count(0)} | ${count(1)} | ${count(2)} |`;
  });
  return [
    "Of secrets: a text counts as found where any secret is found in it. Examples of what is no secret (names of buckets, accounts, users and folders, and",
    "public keys) are left out of the positives. Many positives have no form of their own, so that the name before them has to tell; most that are missed are fillers (`aaaa…`, `xxxx…`), or",
    "stand behind nothing but the name of a service.",
    "A negative of a rule is none of *its* tokens; whether it holds a secret is another question. Of those in which something is found it is told whether a set labels the very value true",
    "elsewhere, and else what told it: its form (keys that are known to be public or dead, tests of length and entropy, checksums that few forms have, fillers), a provider's name, or a name",
    "that says no more than that it is secret (values that are one character too long for a provider, and passwords).",
    "Of all 430 positives of the first set, whatever they are, the rules of gitleaks find 0.479 and those of betterleaks 0.584, with 35 and 45 of its negatives (run as regular expressions).",
    "In 466 MB of others' programs and documents (89,306 files of Python, Go, Java, Ruby, TypeScript and lists of translations), 65 values are told to be tokens by their form, 64 by a",
    "provider's name and 400 by a name alone, besides 1,067 passwords: nearly all stand in tests, samples and manuals, as what they are taken for.",
    "The sets of gitleaks and betterleaks in full are what their generators validate their rules with; `bench/masking/peer-sets.ts` says how each is read.",
    "",
    "| set | tokens and keys, recall | passwords and named keys, recall | negatives in which something is found | of these labelled true elsewhere | by form | by a provider's name | by a name |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
    "All sets together, by what was found and by what told it: texts labelled true, and negatives in which a value is found that no set labels true.",
    "",
    "| found | told | in texts labelled true | in negatives | precision |",
    "| --- | --- | --- | --- | --- |",
    ...classRows(
      known.flatMap(({ texts }) => texts),
      isAlarm,
    ),
    "",
  ];
}

function classRows(
  texts: readonly (Labelled & { readonly told: readonly Told[] })[],
  isAlarm: (told: Told) => boolean,
): readonly string[] {
  const counts = new Map<string, { right: number; wrong: number }>();
  for (const { isSecret, told } of texts) {
    const classes = new Set(
      told
        .filter((each) => isSecret || isAlarm(each))
        .map(({ entity, kind }) => `${entity} | ${kind}`),
    );
    for (const name of classes) {
      const count = counts.get(name) ?? { right: 0, wrong: 0 };
      count[isSecret ? "right" : "wrong"] += 1;
      counts.set(name, count);
    }
  }
  return [...counts]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(
      ([name, { right, wrong }]) =>
        `| ${name} | ${right} | ${wrong} | ${(right / (right + wrong)).toFixed(3)} |`,
    );
}

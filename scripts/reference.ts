/**
 * Writes the reference pages that follow from the code: error codes, configuration fields and recognizers.
 *
 *   npm run reference
 */
import { writeFile } from "node:fs/promises";
import { z } from "zod";
import { configSchema } from "../server/src/config/schema.ts";
import { type Entity, entityOf } from "../server/src/core/entity.ts";
import { errorCodes } from "../server/src/core/errors.ts";
import { refusalCodes } from "../server/src/core/refusal.ts";
import { catalogue } from "../server/src/masking/catalogue.ts";
import { assignedTokenRules, tokenRules } from "../server/src/masking/tokens/provider-tokens.ts";
import { sqlstates } from "../server/src/proxies/postgres/present.ts";

interface SchemaNode {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  /** Told apart by their `kind`. */
  readonly oneOf?: readonly SchemaNode[];
  readonly const?: string;
}

interface Field {
  readonly at: string;
  readonly text: string;
  /** Empty where it is one of all. */
  readonly kind: string;
}

await page("errors", [
  "# Errors",
  "",
  "## What an agent hears",
  "",
  "On every protocol the same codes. On PostgreSQL they stand in the DETAIL of the error, one line of JSON:",
  "`{ code, review, url, retry }`, where `retry` is `never`, `after_change`, `after_review` or `later`. The NOTICE to one that",
  'waits has `leftMs` besides ([waiting](waiting.md)). Of a call of a tool they stand in `_meta["countersign/refusal"]` of its',
  "result ([tool servers](../guides/mcp.md)).",
  "",
  "| code | meaning | SQLSTATE |",
  "| --- | --- | --- |",
  ...Object.entries(refusalCodes).map(
    ([code, meaning]) =>
      `| \`${code}\` | ${meaning} | ${sqlstates[code as keyof typeof sqlstates]} |`,
  ),
  "",
  "## Failures of the gateway",
  "",
  "The same strings in the API (`code` of the problem document), on the command line and in the operational log.",
  "",
  "| code | meaning |",
  "| --- | --- |",
  ...Object.entries(errorCodes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`),
]);

const schema: unknown = z.toJSONSchema(configSchema, { io: "input" });
await page("configuration", [
  "# Configuration",
  "",
  "`countersign.yaml`, in the working folder or named by `--config`. All problems are printed at once, with their",
  "lines, and nothing listens until there are none. Unknown settings are problems. Relative paths are relative to",
  "the file. Secrets never stand in it: they are named, as `{ env: NAME }` or `{ file: path }`.",
  "",
  "| setting | meaning |",
  "| --- | --- |",
  ...rowsOf(fieldsOf(schema as SchemaNode, "", "")),
  "",
  "Environment variables that override the file: `COUNTERSIGN_CONSOLE_PORT`, `COUNTERSIGN_POSTGRES_PORT`,",
  "`COUNTERSIGN_DATA`. Without a file, they hold for the quickstart too.",
  "",
  "A changed file is read at the next start. Every other bound is on the page of the [limits](limits.md).",
]);

await page("recognizers", [
  "# Recognizers",
  "",
  "What is found in texts, by the names that policies and pseudonyms use. How it is found, replaced and measured is on the page of",
  "[masking](masking.md). A finding has a confidence from 0 to 1; less than 0.5 is not told. Numbers in the examples are published",
  "ones of their formats, or reserved for examples; secrets are made up.",
  "",
  "The second name is that of Presidio and GLiNER; either is taken, in either case.",
  "",
  ...Object.entries(catalogue).flatMap(([name, { finds, evidence, misses, examples }]) => [
    `## ${name}`,
    "",
    `Also \`${entityOf(name as Entity).alias}\`. Finds ${finds}.`,
    "",
    `- How sure: ${evidence}.`,
    `- Known misses: ${misses}.`,
    ...examples.map((example) => `- Example: \`${shown(example)}\``),
    "",
  ]),
  "## Columns and keys",
  "",
  "`person`, `street_address` and `password` are told by the name of a column or key alone. `unscanned` is what could not be looked at",
  "to its end: all of it counts as a finding.",
  "",
  "## Provider tokens",
  "",
  `${tokenRules.length + assignedTokenRules.length} kinds. \`<A36>\` is 36 of the alphabet \`A\`: \`d\` digits, \`x\` and \`X\` hexadecimal in lower and either case,`,
  "`L` lower case, `l` and `u` lower and upper case with digits, `a` letters, `A` letters and digits, `i` with `_`, `w` with `_` and `-`, `v` with `=` too,",
  "`W` with `.` too, `b` and `B` base64 without and with `=`, `c` crypt(3), `p` and `o` what links hold, `h` lower case with `-`.",
  "",
  "| kind | form | source |",
  "| --- | --- | --- |",
  ...tokenRules.map(
    ({ id, shapes, source }) => `| ${id} | ${shapes.map(spanOf).join(" ")} | ${source} |`,
  ),
  "",
  "Told by the name that they are assigned to:",
  "",
  "| kind | names | form | source |",
  "| --- | --- | --- | --- |",
  ...assignedTokenRules.map(
    ({ id, words, values, source }) =>
      `| ${id} | ${words.join(", ")} | ${values.map(spanOf).join(" ")} | ${source} |`,
  ),
]);

/** Whoever searches a repository for secrets is not to find these: their middle is left out. */
function shown(example: string): string {
  const line = example.replaceAll("\n", " ");
  return line.length > 48 && !line.includes(" ")
    ? `${line.slice(0, 12)}…`
    : line.replace(/([A-Za-z0-9+/_]{6})[A-Za-z0-9+/_]{24,}/g, "$1…");
}

function spanOf(shape: string): string {
  return `\`${shape.replaceAll("|", "\\|")}\``;
}

/** One for each setting. What is said of one kind alone, or of each kind something else, begins with the kind. */
function rowsOf(fields: readonly Field[]): readonly string[] {
  const kinds = new Set(fields.map(({ kind }) => kind).filter((kind) => kind !== ""));
  return [...Map.groupBy(fields, ({ at }) => at)].map(([at, said]) => {
    const texts = new Set(said.map(({ text }) => text));
    const isOfAll = said.some(({ kind }) => kind === "") || said.length >= kinds.size;
    const [only = ""] = texts;
    if (isOfAll && texts.size === 1) return `| \`${at}\` | ${only} |`;
    const byKind = new Set(said.map(({ kind, text }) => `${kind}: ${text}`));
    return `| \`${at}\` | ${[...byKind].join(". ")} |`;
  });
}

function fieldsOf(node: SchemaNode, path: string, kind: string): readonly Field[] {
  const own = Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const at = path === "" ? key : `${path}.${key}`;
    return [{ at, text: descriptionOf(child), kind }, ...fieldsOf(child, at, kind)];
  });
  const items = node.items === undefined ? [] : fieldsOf(node.items, `${path}[]`, kind);
  const forms = (node.anyOf ?? []).flatMap((each) => fieldsOf(each, path, kind));
  const kinds = (node.oneOf ?? []).flatMap((each) =>
    fieldsOf(each, path, each.properties?.["kind"]?.const ?? ""),
  );
  return [...own, ...items, ...forms, ...kinds];
}

function descriptionOf({ description, anyOf }: SchemaNode): string {
  return description ?? anyOf?.find((each) => each.description)?.description ?? "";
}

async function page(name: string, lines: readonly string[]): Promise<void> {
  await writeFile(
    new URL(`../docs/reference/${name}.md`, import.meta.url),
    `${lines.join("\n")}\n\nWritten by \`npm run reference\`.\n`,
  );
}

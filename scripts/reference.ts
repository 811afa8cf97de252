/**
 * Writes the reference pages that follow from the code: error codes, configuration fields and recognizers.
 *
 *   npm run reference
 */
import { writeFile } from "node:fs/promises";
import { z } from "zod";
import { configSchema } from "../server/src/config/schema.ts";
import { errorCodes } from "../server/src/core/errors.ts";
import { refusalCodes } from "../server/src/core/refusal.ts";
import { sqlstates } from "../server/src/proxies/postgres/present.ts";
import { recognizersPage, writtenPage } from "./recognizers-page.ts";

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

await page("recognizers", recognizersPage());

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
  await writeFile(new URL(`../docs/reference/${name}.md`, import.meta.url), writtenPage(lines));
}

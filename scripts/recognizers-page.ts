/** What `docs/reference/recognizers.md` says: each recognizer and each form of a provider's token, as the code has them. */
import { type Entity, entityOf } from "../server/src/core/entity.ts";
import { catalogue } from "../server/src/masking/catalogue.ts";
import { assignedTokenRules, tokenRules } from "../server/src/masking/tokens/provider-tokens.ts";

export function recognizersPage(): readonly string[] {
  return [
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
  ];
}

/** A page's text, with what has written it. */
export function writtenPage(lines: readonly string[]): string {
  return `${lines.join("\n")}\n\nWritten by \`npm run reference\`.\n`;
}

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

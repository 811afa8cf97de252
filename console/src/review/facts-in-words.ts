/** What the command's own grammar tells, in sentences for those who don't read SQL. */
import { claimsText, classText, definitionText } from "@countersign/sdk/facts-text";
import type { CallFacts, Facts, StatementFacts } from "@countersign/sdk/wire/facts";

export interface Fact {
  readonly name: string;
  readonly text: string;
  /** It deserves to be seen first. */
  readonly isLoud: boolean;
}

export function factsInWords(facts: Facts): readonly Fact[] {
  return facts.family === "sql" ? statementInWords(facts) : callInWords(facts);
}

function callInWords(facts: CallFacts): readonly Fact[] {
  const { method, toolClass, definition } = facts;
  if (method !== "tools/call") return [];
  return [
    {
      name: "Kind of tool",
      text: classText(facts),
      isLoud: toolClass === "destructive" || toolClass === "unknown",
    },
    { name: "Definition", text: definitionText(facts), isLoud: definition !== "pinned" },
    { name: "Claimed", text: claimsText(facts), isLoud: false },
  ];
}

function statementInWords(facts: StatementFacts): readonly Fact[] {
  const list = (name: string, names: readonly string[]): readonly Fact[] =>
    names.length === 0 ? [] : [{ name, text: names.join(", "), isLoud: false }];
  return [
    ...(facts.opaque === null
      ? []
      : [
          {
            name: "Can't be read",
            text: `The gateway can't tell all that it does. ${sentence(facts.opaque)} It may do anything that its role may.`,
            isLoud: true,
          },
        ]),
    ...list(
      "Statements",
      facts.kinds.map((kind) => kind.replaceAll("_", " ")),
    ),
    ...list("Changes", facts.writes),
    ...list("Reads", facts.reads),
    ...list("Calls", facts.functions),
    ...filter(facts),
    ...(facts.maskedUse && facts.opaque === null
      ? [
          {
            name: "Masked columns",
            text: "It does more with a masked or sensitive column than to return it, such as to filter by it, which tells what it holds.",
            isLoud: true,
          },
        ]
      : []),
  ];
}

/** Said where rows are chosen: an insert has none to choose. */
function filter({ kinds, filtered, opaque }: StatementFacts): readonly Fact[] {
  const chooses = kinds.some((kind) => kind === "update" || kind === "delete");
  if (kinds.includes("truncate")) {
    return [{ name: "Filter", text: "None is possible: every row goes.", isLoud: true }];
  }
  if (opaque !== null || !chooses) return [];
  return filtered
    ? [{ name: "Filter", text: "A WHERE chooses the rows.", isLoud: false }]
    : [{ name: "Filter", text: "No WHERE: every row.", isLoud: true }];
}

function sentence(reason: string): string {
  return /[.!?]$/.test(reason) ? reason : `${reason}.`;
}

/** What a COPY … FROM STDIN says of its data: into which columns, and how it is written. Pure. */
import type { CopyStmt, DefElem, RawStmt } from "libpg-query";
import type { CopyFormat } from "#/core/action.ts";
import { stringsOf } from "#/proxies/postgres/sql/tree.ts";

export interface CopyStatement {
  readonly schema: string | null;
  readonly table: string;
  /** Null: all of the table's. */
  readonly columns: readonly string[] | null;
  readonly data: CopyDataForm;
}

/** How rows and values are told apart. What a format has no use for is there all the same. */
export interface CopyDataForm {
  readonly format: CopyFormat;
  readonly delimiter: string;
  /** What stands for NULL. */
  readonly nullText: string;
  readonly quote: string;
  readonly escape: string;
  /** The first line is no row. */
  readonly header: boolean;
  /** A line `\.` ends CSV too, wherever it stands: so it is before PostgreSQL 18. */
  readonly csvEndsAtMark: boolean;
}

/** The one statement of a message; a sentence where the gateway does not carry it. */
export function readCopyStatement(trees: readonly RawStmt[] | null): CopyStatement | string {
  const [statement] = trees ?? [];
  const node = statement?.stmt;
  if (node === undefined || trees?.length !== 1 || !("CopyStmt" in node)) return notAlone;
  const copy = node.CopyStmt;
  const { relname, schemaname, catalogname } = copy.relation ?? {};
  if (relname === undefined || catalogname !== undefined)
    return "Name its table alone or under its schema.";
  const data = readCopyForm(copy);
  if (typeof data === "string") return data;
  const columns = copy.attlist === undefined ? null : stringsOf(copy.attlist);
  return { schema: schemaname ?? null, table: relname, columns, data };
}

export const notAlone =
  "COPY FROM STDIN has to be the only statement of its message, so that its data is its own.";

const formats: readonly string[] = ["text", "csv", "binary"] satisfies readonly CopyFormat[];
const utf8Names: readonly string[] = ["utf8", "utf-8", "unicode"];

/** A sentence where the gateway does not read such data. */
export function readCopyForm(copy: CopyStmt): CopyDataForm | string {
  const options = optionsOf(copy);
  const format = options.get("format") ?? "text";
  if (!isFormat(format)) return `The format of COPY data is one of ${formats.join(", ")}.`;
  const encoding = options.get("encoding");
  if (encoding !== undefined && !utf8Names.includes(encoding.toLowerCase())) {
    return "COPY data in an encoding other than UTF8 is not carried.";
  }
  const isCsv = format === "csv";
  const quote = options.get("quote") ?? '"';
  const form: CopyDataForm = {
    format,
    delimiter: options.get("delimiter") ?? (isCsv ? "," : "\t"),
    nullText: options.get("null") ?? (isCsv ? "" : "\\N"),
    quote,
    escape: options.get("escape") ?? quote,
    header: isOn(options.get("header")),
    csvEndsAtMark: false,
  };
  // The server would say the same; but by then people would have been asked about something else.
  const marks = isCsv ? [form.delimiter, form.quote, form.escape] : [form.delimiter];
  return marks.every(isCharacter)
    ? form
    : "The delimiter, quote and escape of COPY are single characters of ASCII.";
}

function isCharacter(mark: string): boolean {
  return mark.length === 1 && mark > "\0" && mark < "\u0080";
}

function isFormat(name: string): name is CopyFormat {
  return formats.includes(name);
}

/** As the server reads it: `match` is a header too, and so is the word alone. */
function isOn(header: string | undefined): boolean {
  return header !== undefined && !["false", "off", "0"].includes(header.toLowerCase());
}

type Options = ReadonlyMap<string, string>;

function optionsOf({ options = [] }: CopyStmt): Options {
  return new Map(
    options.flatMap((option) =>
      "DefElem" in option ? [[option.DefElem.defname ?? "", textOf(option.DefElem)] as const] : [],
    ),
  );
}

/** A word without a value is `true`. */
function textOf({ arg }: DefElem): string {
  if (arg === undefined) return "true";
  if ("String" in arg) return arg.String.sval ?? "";
  if ("Boolean" in arg) return String(arg.Boolean.boolval ?? false);
  if ("Integer" in arg) return String(arg.Integer.ival ?? 0);
  return "";
}

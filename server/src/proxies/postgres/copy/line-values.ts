/** A line of COPY data in text or CSV as the values that the server would read. A line may be cut. */
import type { CopyDataForm } from "./copy-statement.ts";

type Values = readonly (Buffer | null)[];

/** NULL is what stands there before backslashes are read. */
export function textValues(line: Buffer, { delimiter, nullText }: CopyDataForm): Values {
  const text = line.toString("latin1");
  const fields: string[] = [""];
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === delimiter) {
      fields.push("");
    } else if (char === "\\") {
      fields[fields.length - 1] += text.slice(at, at + 2);
      at += 1;
    } else fields[fields.length - 1] += char;
  }
  const isNull = Buffer.from(nullText, "utf8").toString("latin1");
  return fields.map((field) => (field === isNull ? null : unescape(field)));
}

function unescape(field: string): Buffer {
  const text = field.replaceAll(escapes, (whole, octal?: string, hex?: string, char?: string) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    if (char !== undefined) return named[char] ?? char;
    return whole;
  });
  return Buffer.from(text, "latin1");
}

const escapes = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|([^]))/g;
const named: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** NULL is what stands there without quotes. */
export function csvValues(line: Buffer, form: CopyDataForm): Values {
  const { delimiter, quote, escape, nullText } = form;
  const text = line.toString("latin1");
  const isNull = Buffer.from(nullText, "utf8").toString("latin1");
  const values: (Buffer | null)[] = [];
  let field = "";
  let sawQuote = false;
  let inQuotes = false;
  const end = () => {
    values.push(!sawQuote && field === isNull ? null : Buffer.from(field, "latin1"));
    field = "";
    sawQuote = false;
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    const next = text.charAt(at + 1);
    if (!inQuotes && char === delimiter) end();
    else if (!inQuotes && char === quote) {
      inQuotes = true;
      sawQuote = true;
    } else if (inQuotes && char === escape && (next === quote || next === escape) && next !== "") {
      field += next;
      at += 1;
    } else if (inQuotes && char === quote) inQuotes = false;
    else field += char;
  }
  end();
  return values;
}

/** Bound values and rows of data for people: by the column that each is for, its type, and what the recognizers find. */
import type { LoadedData, Parameter } from "#/core/action.ts";
import { pseudonymForm } from "#/core/pseudonym.ts";
import type { Replace } from "#/masking/replacement/replace.ts";
import { scanInPieces } from "#/masking/scan-in-pieces.ts";
import { type MaskedValue, maskRow, planRow } from "#/masking/values/mask-row.ts";
import { readableText, shownBytes, typeNameOf } from "#/masking/values/parameter-text.ts";
import { entityOf, type Named, nameOf } from "./mask-command.ts";
import {
  aboutOf,
  type Hides,
  type MaskedField,
  type Runs,
  type ShownOf,
  type ViewTools,
} from "./shown.ts";

/** A longer value is looked at in pieces, as text whatever its type. */
const valueBytesMax = 256 * 1024;

export async function maskParameters(
  tools: ViewTools,
  runs: Runs,
  of: Extract<ShownOf, "parameters" | "asked.parameters">,
): Promise<{
  readonly texts: readonly (string | null)[];
  readonly fields: readonly MaskedField[];
}> {
  const { parameters } = runs;
  const columns = columnsOf(runs, tools.hides);
  const masked = await maskValues(tools, parameters, columns);
  return {
    texts: masked.map(({ text }) => text),
    fields: fieldsOf(parameters, masked, (at) => ({ field: `${of}/${at + 1}`, of, path: [at] })),
  };
}

const unnamed: Named = { name: "", table: null, isHidden: false };

/** The first rows of what would be loaded. */
export async function maskRows(
  tools: ViewTools,
  data: LoadedData | null,
): Promise<{
  readonly texts: readonly (readonly (string | null)[])[];
  readonly fields: readonly MaskedField[];
}> {
  const texts: (readonly (string | null)[])[] = [];
  const fields: MaskedField[] = [];
  for (const [row, { values }] of (data?.firstRows ?? []).entries()) {
    const columns = values.map((_, at): Named => {
      const name = data?.columns[at] ?? "";
      return { name, table: null, isHidden: tools.hides(name) };
    });
    const masked = await maskValues(tools, values, columns);
    texts.push(masked.map(({ text }) => text));
    fields.push(
      ...fieldsOf(values, masked, (at) => ({
        field: `data/${row + 1}/${at + 1}`,
        of: "data",
        path: [row, at],
      })),
    );
  }
  return { texts, fields };
}

/** For each parameter the column that tells most of those that it stands for. */
function columnsOf(runs: Runs, hides: Hides): readonly Named[] {
  const { command, parameters, facts } = runs;
  const count = parameters.length;
  const about = aboutOf(runs, hides);
  const columns: (Named | undefined)[] = Array.from({ length: count });
  const bytes = Buffer.from(command, "utf8");
  for (const span of facts.literals) {
    if (span.kind !== "parameter") continue;
    const at = Number(bytes.toString("latin1", span.start + 1, span.end)) - 1;
    const found = nameOf(bytes, span, about);
    const known = columns[at];
    if (!(at < count) || found.name === "") continue;
    const tells = entityOf(found) !== null;
    if (known === undefined || (tells && entityOf(known) === null)) columns[at] = found;
  }
  return columns.map((column) => column ?? unnamed);
}

async function maskValues(
  tools: ViewTools,
  values: readonly Parameter[],
  columns: readonly Named[],
): Promise<readonly MaskedValue[]> {
  const { finder, replace } = tools;
  const readings = values.map(readableText);
  const isLong = (text: string | null) => text !== null && text.length > valueBytesMax;
  const plan = planRow(
    finder,
    values.map((value, at) => ({
      name: columns[at]?.name || null,
      table: columns[at]?.table ?? null,
      type: typeOf(value, readings[at] ?? null),
    })),
  );
  const short = readings.map((text, at) => (isLong(text) ? "" : (text ?? shownOf(values[at]))));
  const masked = maskRow(finder, replace, plan, short).map((value, at) =>
    isTold(value) ? value : whole(replace, value, short[at] ?? ""),
  );
  const result: MaskedValue[] = [];
  for (const [at, value] of masked.entries()) {
    const text = readings[at] ?? null;
    const column = columns[at] ?? unnamed;
    if (text !== null && (isLong(text) || column.isHidden)) {
      const entity = entityOf(column);
      if (entity === null) result.push(await maskLong(tools, text));
      else result.push({ text: replace(entity, text), entities: [entity] });
    } else {
      const isMasked = value.entities.length > 0;
      result.push(isMasked ? value : { text: shownOf(values[at]), entities: [] });
    }
  }
  return result;
}

/** Whether all that was replaced has a name; a number of a document has none, and whoever edits it could not keep it. */
function isTold({ text, entities }: MaskedValue): boolean {
  const isHidden = entities.length === 1 && entities[0] === "unscanned";
  return isHidden || entities.length <= (text?.match(pseudonymForm)?.length ?? 0);
}

function whole(replace: Replace, { entities }: MaskedValue, value: string): MaskedValue {
  return { text: replace(entities[0] ?? "unscanned", value), entities: [...new Set(entities)] };
}

/** What can't be read is bytes, unless its type can hold nothing. */
function typeOf(value: Parameter, reading: string | null): string | null {
  const name = typeNameOf(value);
  return reading !== null || (value.format === "binary" && isPlain(name)) ? name : "bytea";
}

const plainTypes = new Set(
  "bool int2 date time timetz timestamp timestamptz interval uuid bool[] int2[] date[] timestamp[] timestamptz[] uuid[]".split(
    " ",
  ),
);

function isPlain(type: string | null): boolean {
  return type !== null && plainTypes.has(type);
}

function shownOf(value: Parameter | undefined): string | null {
  return value === undefined ? null : shownBytes(value);
}

async function maskLong({ finder, replace, pause }: ViewTools, text: string): Promise<MaskedValue> {
  const bytes = Buffer.from(text, "utf8");
  const findings = await scanInPieces(finder, bytes, pause);
  let masked = "";
  let last = 0;
  for (const { entity, start, end } of findings) {
    masked += bytes.toString("utf8", last, start);
    masked += replace(entity, bytes.toString("utf8", start, end));
    last = end;
  }
  return {
    text: masked + bytes.toString("utf8", last),
    entities: [...new Set(findings.map(({ entity }) => entity))],
  };
}

function fieldsOf(
  values: readonly Parameter[],
  masked: readonly MaskedValue[],
  named: (at: number) => Pick<MaskedField, "field" | "of" | "path">,
): readonly MaskedField[] {
  return masked.flatMap(({ text, entities }, at) => {
    if (entities.length === 0) return [];
    const value = values[at];
    const original = value === undefined ? null : (readableText(value) ?? shownBytes(value));
    return [{ ...named(at), start: 0, end: text?.length ?? 0, entities, original: original ?? "" }];
  });
}

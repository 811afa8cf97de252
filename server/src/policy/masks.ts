/**
 * What `@mask` and `@reveal` say: `email, us_ssn: hash, public.customers.phone: partial`.
 *
 * A name that nothing finds and a column that is no column are problems, because they would mask nothing and look as if they did.
 */
import { type Entity, entityNames, entityOf, parseEntity } from "#/core/entity.ts";
import { type Mask, type Masker, type MaskTarget, maskers, targetText } from "#/core/obligation.ts";
import { nearestName } from "./nearest-name.ts";
import { accept, type Parsed, refuse } from "./parsed.ts";

const maskTargetsMax = 200;

/** In the order in which they are written. */
export function parseMasks(text: string): Parsed<readonly Mask[]> {
  const items = splitItems(text);
  if (items.length > maskTargetsMax) return refuse(`it names more than ${maskTargetsMax} targets`);
  return parseItems(items, parseMask, ({ target }) => targetText(target));
}

export function parseReveals(text: string): Parsed<readonly Entity[]> {
  const items = text.split(",").map((item) => item.trim());
  const entities = parseItems(items, parseReveal, (entity) => entity);
  return entities.ok ? accept(entities.value.toSorted()) : entities;
}

/** Says of every item what is wrong with it, and not of the first alone. */
function parseItems<Item>(
  items: readonly string[],
  parse: (item: string) => Parsed<Item>,
  nameOfItem: (item: Item) => string,
): Parsed<readonly Item[]> {
  const named = new Map<string, Item>();
  const problems = new Set<string>();
  for (const item of items) {
    const parsed = parse(item);
    if (!parsed.ok) {
      problems.add(parsed.message);
      continue;
    }
    const name = nameOfItem(parsed.value);
    if (named.has(name)) problems.add(`${name} stands there twice`);
    named.set(name, parsed.value);
  }
  return problems.size === 0 ? accept([...named.values()]) : refuse([...problems].join("; "));
}

function parseReveal(name: string): Parsed<Entity> {
  const entity = parseRecognizer(name);
  return entity.ok || !name.includes(".") ? entity : refuse(revealsNoColumn(name));
}

function revealsNoColumn(name: string): string {
  return `"${name}" reads like a column; what is revealed is named by its recognizer, as "iban"`;
}

/** At commas that are no part of a name in quotes. */
function splitItems(text: string): readonly string[] {
  const items = [""];
  let isQuoted = false;
  for (const sign of text) {
    if (sign === '"') isQuoted = !isQuoted;
    if (sign === "," && !isQuoted) items.push("");
    else items[items.length - 1] += sign;
  }
  return items.map((item) => item.trim());
}

const maskForm = /^(?<target>(?:"(?:[^"]|"")+"|[^:"])+?)(?:\s*:\s*(?<masker>[^:"]*))?$/s;

function parseMask(item: string): Parsed<Mask> {
  const groups = maskForm.exec(item)?.groups;
  if (groups?.["target"] === undefined) {
    return refuse(
      `"${item}" does not read like "email", "us_ssn: hash" or "public.customers.phone: partial"; separate several by commas`,
    );
  }
  const masker = parseMasker(groups["masker"]);
  if (!masker.ok) return masker;
  const target = parseTarget(groups["target"]);
  return target.ok ? accept({ target: target.value, masker: masker.value }) : target;
}

function parseMasker(given: string | undefined): Parsed<Masker> {
  if (given === undefined) return accept("redact");
  const masker = maskers.find((each) => each === given);
  if (masker !== undefined) return accept(masker);
  return refuse(
    `"${given}" is no masker${orNearest(given, maskers)}; choose one of ${maskers.join(", ")}`,
  );
}

function parseTarget(text: string): Parsed<MaskTarget> {
  if (!text.includes(".") && !text.includes('"')) {
    const entity = parseRecognizer(text, ', and a column is written "schema.table.column"');
    return entity.ok ? accept({ kind: "entity", entity: entity.value }) : entity;
  }
  const names = columnForm.exec(text);
  if (names === null) {
    return refuse(
      `"${text}" is no column; write "schema.table.column", a name with other signs than letters, digits, "_" and "$" in double quotes`,
    );
  }
  const [schema = "", table = "", column = ""] = names.slice(1).map(nameOf);
  return accept({ kind: "column", schema, table, column });
}

const placeForm = /[\p{L}_][\p{L}\p{N}_$]*|"(?:[^"]|"")+"/u.source;
const columnForm = new RegExp(`^(${placeForm})\\.(${placeForm})\\.(${placeForm})$`, "u");

function nameOf(written: string): string {
  const name = written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written;
  return name.toLowerCase();
}

function parseRecognizer(name: string, orElse = ""): Parsed<Entity> {
  const entity = parseEntity(name);
  if (entity === null) {
    return refuse(
      `"${name}" is no recognizer${orNearest(name, known)}; docs/reference/recognizers.md names them${orElse}`,
    );
  }
  return isNameable(entity)
    ? accept(entity)
    : refuse(`no policy names "${name}": it is masked wherever anything is`);
}

/** The rest has no form of its own: what could not be looked at, and an installation's own patterns. */
function isNameable(entity: Entity): boolean {
  return entityOf(entity).kind !== "text";
}

const known = entityNames.filter(isNameable);

function orNearest(given: string, names: readonly string[]): string {
  const name = nearestName(given, names);
  return name === null ? "" : `, did you mean ${name}`;
}

/**
 * Which columns a configuration speaks of: `schema.relation.column`, each of them `*`, a name, or a name in double
 * quotes. A bare name means it in any case: who writes `Public.Payments` means what SQL means by it, and pointing
 * out one column too many does no harm.
 */

/** What stands in one place; blanks, dots, stars and quotes of a name's own only within quotes. */
const place = /\*|"(?:[^"]|"")+"|[^.\s"*]+/.source;
export const columnMarkForm = new RegExp(`^(${place})\\.(${place})\\.(${place})$`, "u");

export interface ColumnMark {
  readonly isOnRelation: (name: string) => boolean;
  readonly isOnColumn: (name: string) => boolean;
}

/** Throws where it has another form. */
export function readColumnMark(text: string): ColumnMark {
  const [, schema, relation, column] = columnMarkForm.exec(text) ?? [];
  if (schema === undefined || relation === undefined || column === undefined) {
    throw new TypeError("a mark of columns is parsed where it comes in");
  }
  // A star takes dots too: `schema.name` is how relations are known, also where one of the two has a dot in it.
  const onRelation = new RegExp(`^${placeForm(schema)}\\.${placeForm(relation)}$`, "su");
  const onColumn = new RegExp(`^${placeForm(column)}$`, "su");
  return {
    isOnRelation: (name) => onRelation.test(name),
    isOnColumn: (name) => onColumn.test(name),
  };
}

function placeForm(text: string): string {
  if (text === "*") return ".+";
  if (text.startsWith('"')) return literal(text.slice(1, -1).replaceAll('""', '"'));
  return `(?i:${literal(text)})`;
}

function literal(text: string): string {
  return text.replaceAll(/[$()*+./?[\\\]^{|}]/g, String.raw`\$&`);
}

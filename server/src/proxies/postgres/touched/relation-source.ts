/** What a name in FROM stands for: a query of WITH, or a relation and what is behind it. */
import type { Fields } from "#/proxies/postgres/sql/tree.ts";
import { fieldsOf, namesOf, textOf } from "./node.ts";
import { renamed } from "./outputs.ts";
import type { Reading } from "./reading.ts";
import { columnOf, type NamedIn, type Relation } from "./relations.ts";
import {
  noColumns,
  type Outputs,
  type Scope,
  type Source,
  topScope,
  union,
  workedOf,
} from "./scope.ts";
import { Unreadable } from "./unreadable.ts";

const viewDepthMax = 10;

export function relationSource(range: Fields, scope: Scope, reading: Reading): Source {
  const schema = textOf(range["schemaname"]);
  const name = textOf(range["relname"]) ?? "";
  const alias = fieldsOf(range["alias"]);
  const names = namesOf(alias?.["colnames"]);
  const called = { alias: textOf(alias?.["aliasname"]), relation: { schema, name } };
  const known = schema === null ? namedQuery(name, scope) : null;
  if (known !== null) return { ...renamed(known, names), ...called };
  const relation = reading.catalogue.named(schema, name, scope.where);
  if (relation === null) throw new Unreadable("A relation that it names is not known.");
  return { ...renamed(relationOutputs(relation, reading), names), ...called };
}

function namedQuery(name: string, scope: Scope): Outputs | null {
  for (let at: Scope | null = scope; at !== null; at = at.outer) {
    const known = at.queries.get(name);
    if (known === null) throw new Unreadable("It reads a query of WITH that is written later.");
    if (known !== undefined) return known;
  }
  return null;
}

function relationOutputs(relation: Relation, reading: Reading): Outputs {
  reading.relations.add(relation);
  if (relation.hasRowSecurity) reading.besides.add(rowSecurity);
  const behind = relation.isView ? viewOutputs(relation, reading) : null;
  const list = relation.columns.map((name, at) => {
    const sources = relation.generatedFrom.get(name) ?? [];
    const made = relation.isView ? (behind?.list[at] ?? workedOf(reading.unread)) : nothing;
    return {
      name,
      columns: union([
        new Set([name, ...sources].map((each) => columnOf(relation, each))),
        made.columns,
      ]),
      worked: noColumns,
      isDerived: relation.generatedFrom.has(name) || made.worked.size > 0 || made.isDerived,
    };
  });
  return { list, isOpen: false };
}

const nothing = workedOf(noColumns);

const rowSecurity = "Row security of a relation may look at more.";

/** Null where it can't be read: then its own columns are all that is known. */
function viewOutputs(view: Relation, reading: Reading): Outputs | null {
  const before = reading.views.get(view);
  if (before !== undefined) return before;
  if (view.query === null || reading.viewDepth >= viewDepthMax) {
    reading.besides.add(unreadView);
    return null;
  }
  const where: NamedIn = "view";
  const top = topScope(where);
  reading.viewDepth += 1;
  try {
    const outputs = reading.query(view.query, top);
    if (outputs.isOpen || outputs.list.length !== view.columns.length) {
      throw new Unreadable(view.name);
    }
    reading.views.set(view, outputs);
    return outputs;
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    reading.besides.add(unreadView);
    return null;
  } finally {
    reading.viewDepth -= 1;
  }
}

const unreadView = "A view could not be looked into.";

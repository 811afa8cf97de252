/**
 * Walks a parse tree and gathers what it finds, without recursion: a text may be nested as deep as it likes.
 *
 * Rules say what a type of node means; a type that has none, and is not known to mean what its parts mean, makes
 * the statement opaque.
 */
import type { Verb } from "#/core/verb.ts";
import type { RefusedSyntax } from "./classified.ts";
import type { StatementRule } from "./statement-kinds.ts";
import { type Fields, unwrap } from "./tree.ts";
import { fieldRules, leafNodes, transparentNodes } from "./tree-fields.ts";

/** What one statement amounts to. Filled in by the walk. */
export interface Findings {
  readonly verbs: Set<Verb>;
  readonly kinds: Set<string>;
  readonly reads: Set<string>;
  readonly writes: Set<string>;
  readonly functions: Set<string>;
  readonly settings: Set<string>;
  readonly relations: Set<string>;
  readonly operators: Set<string>;
  readonly types: Set<string>;
  readonly attributes: Set<string>;
  readonly parts: Set<string>;
  readonly extensionFunctions: Set<string>;
  /** Where constants and parameters begin, and the column that each belongs to. */
  readonly constants: Map<number, string | null>;
  filtered: boolean;
  opaque: string | null;
  refused: RefusedSyntax | null;
  executes: string | null;
  /** How many INSERT, UPDATE, DELETE and MERGE run in it, wherever they stand. */
  changes: number;
  /** Nothing was found that speaks against a proven read. */
  provable: boolean;
  /** It calls what writes nothing and is no proven read all the same: it waits, or gives up what its session holds. */
  lingers: boolean;
}

/** Where in the tree a node stands. */
export interface Place {
  /** The names that WITH gives here. */
  readonly scope: Scope | null;
  /** What a relation named here is subject to; `lock` is a read that locks rows. */
  readonly access: "read" | "write" | "lock";
  /** The column that a constant here is compared with or assigned to. */
  readonly column: string | null;
  /** The columns that the outputs of a query here are assigned to, by position. */
  readonly columns: readonly (string | null)[] | null;
  /** Whether it runs: under EXPLAIN it does not. */
  readonly runs: boolean;
}

/** The first `count` of the names are visible. */
export interface Scope {
  readonly names: ReadonlyMap<string, number>;
  readonly count: number;
  readonly outer: Scope | null;
}

export interface Walk {
  readonly findings: Findings;
  /** A node in its wrapper, or a list of them, or nothing. */
  visit(node: object | undefined, place: Place): void;
  /** A node of a known type without its wrapper. */
  visitBare(type: string, node: object | undefined, place: Place): void;
  /** All fields but those that the rule has seen to. */
  visitFields(type: string, node: object, place: Place, except?: readonly string[]): void;
}

export type Rule = (node: never, place: Place, walk: Walk) => void;

/** Rules with the types of nodes that they are for. */
export type Rules = readonly (readonly [type: string, rule: Rule])[];

const outermost: Place = {
  scope: null,
  access: "read",
  column: null,
  columns: null,
  runs: true,
};

function newFindings(): Findings {
  return {
    verbs: new Set(),
    kinds: new Set(),
    reads: new Set(),
    writes: new Set(),
    functions: new Set(),
    settings: new Set(),
    relations: new Set(),
    operators: new Set(),
    types: new Set(),
    attributes: new Set(),
    parts: new Set(),
    extensionFunctions: new Set(),
    constants: new Map(),
    filtered: true,
    opaque: null,
    refused: null,
    executes: null,
    changes: 0,
    provable: true,
    lingers: false,
  };
}

export function walkTree(root: object | undefined, rules: ReadonlyMap<string, Rule>): Findings {
  const findings = newFindings();
  const pending: { type: string; node: object; place: Place }[] = [];

  const walk: Walk = {
    findings,
    visit(node, place) {
      if (Array.isArray(node)) {
        for (const item of node as readonly object[]) walk.visit(item, place);
        return;
      }
      const unwrapped = node === undefined ? null : unwrap(node);
      if (unwrapped === null || leafNodes.has(unwrapped.type)) return;
      pending.push({ ...unwrapped, place });
    },
    visitBare(type, node, place) {
      if (node !== undefined) pending.push({ type, node, place });
    },
    visitFields(type, node, place, except) {
      const fields = node as Fields;
      const special = fieldRules.get(type);
      for (const field of Object.keys(fields)) {
        const value = fields[field];
        if (typeof value !== "object" || value === null || except?.includes(field)) continue;
        const rule = special?.get(field);
        if (rule === undefined) {
          walk.visit(value, place);
        } else if (!rule.skipped) {
          const inner: Place = rule.reads ? { ...place, access: "read" } : place;
          if (rule.bare === null) walk.visit(value, inner);
          else walk.visitBare(rule.bare, value, inner);
        }
      }
    },
  };

  walk.visit(root, outermost);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { type, node, place } = next;
    const rule = rules.get(type);
    if (rule !== undefined) rule(node as never, place, walk);
    else if (transparentNodes.has(type)) walk.visitFields(type, node, place);
    else if (!leafNodes.has(type))
      markOpaque(findings, `It holds a ${type}, which is not known here.`);
  }
  return findings;
}

export function note({ verb, kind }: StatementRule, { findings }: Walk): void {
  findings.verbs.add(verb);
  findings.kinds.add(kind);
}

export function markOpaque(findings: Findings, reason: string): void {
  findings.verbs.add("sql.opaque");
  findings.opaque ??= reason;
}

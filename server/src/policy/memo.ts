/** Remembers decisions by their whole input, bounded by entries and by bytes. */
import { hash } from "node:crypto";
import type { PolicyInput } from "#/core/decision.ts";
import type { Facts, McpFacts, SqlFacts } from "#/core/facts.ts";

export interface Memo<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
}

export interface MemoBounds {
  readonly entriesMax: number;
  readonly bytesMax: number;
}

/** What an entry takes beside its key: the decision, whose reasons are shared, and the map's slot. */
export const memoEntryBytes = 512;

/**
 * Two generations stand in for an exact order of use: what was not used during a whole generation goes.
 * A hit in the young one changes nothing; a map that is reordered at each hit slows down with its hottest
 * key, because deleted entries stay in that key's chain.
 */
export function createMemo<T>({ entriesMax, bytesMax }: MemoBounds): Memo<T> {
  let young = new Map<string, T>();
  let old = new Map<string, T>();
  let youngBytes = 0;

  function remember(key: string, value: T): void {
    const bytes = 2 * key.length + memoEntryBytes;
    if (bytes > bytesMax / 2) return;
    if (young.size + 1 > entriesMax / 2 || youngBytes + bytes > bytesMax / 2) {
      old = young;
      young = new Map();
      youngBytes = 0;
    }
    young.set(key, value);
    youngBytes += bytes;
  }

  return {
    get(key) {
      const value = young.get(key);
      if (value !== undefined) return value;
      const older = old.get(key);
      if (older !== undefined) remember(key, older);
      return older;
    },
    set(key, value) {
      if (young.has(key)) young.set(key, value);
      else remember(key, value);
    },
  };
}

/** Those of a call are its own, which nobody hands over again: to remember by them would only be work for whoever collects them. */
function isShared({ family }: Facts): boolean {
  return family === "sql";
}

/**
 * Remembers what was said last of the same facts, for as long as they live: a session that repeats a statement hands
 * over the very same objects, and what is equal to itself needs no key to be found by. They are never changed.
 */
export function createLatest<T>(): {
  readonly get: (input: PolicyInput) => T | undefined;
  readonly set: (input: PolicyInput, value: T) => void;
} {
  const latest = new WeakMap<Facts, { readonly input: PolicyInput; readonly value: T }>();
  return {
    get({ verbs, principal, resource, facts, labels }) {
      if (!isShared(facts)) return undefined;
      const known = latest.get(facts);
      if (known === undefined) return undefined;
      const { input, value } = known;
      const isSame =
        input.verbs === verbs &&
        input.principal === principal &&
        input.resource === resource &&
        input.labels === labels;
      return isSame ? value : undefined;
    },
    set(input, value) {
      const { verbs, principal, resource, facts, labels } = input;
      if (!isShared(facts)) return;
      const kept = labels === undefined ? {} : { labels };
      latest.set(facts, { input: { verbs, principal, resource, facts, ...kept }, value });
    },
  };
}

/**
 * Builds the key of an input: the same key means the same input to Cedar. Each string goes in with its
 * length, so that no two inputs run together. Facts come from a cache by statement, so their part is
 * kept with the object; it is hashed when long, so that a key stays small. Of a call's arguments those that rules name go in.
 */
export function createKeyBuilder(
  argumentsKey: (facts: Facts) => string = () => "",
): (input: PolicyInput) => string {
  const factsKeys = new WeakMap<Facts, string>();

  return ({ verbs, principal, resource, facts, labels: read = [] }) => {
    let factsKey = isShared(facts) ? factsKeys.get(facts) : undefined;
    if (factsKey === undefined) {
      factsKey = factsPart(facts, argumentsKey(facts));
      if (isShared(facts)) factsKeys.set(facts, factsKey);
    }
    let labels = "";
    for (const name of Object.keys(resource.labels)) {
      labels += part(name) + part(resource.labels[name] ?? "");
    }
    return (
      part(principal.kind) +
      part(principal.name) +
      list(principal.groups) +
      part(resource.connection) +
      part(resource.kind) +
      part(resource.environment) +
      part(labels) +
      list(verbs) +
      (facts.family === "mcp" ? part(resource.endpoint) + list(read) : "") +
      factsKey
    );
  };
}

const factsCharsMax = 256;

function factsPart(facts: Facts, args: string): string {
  const text = facts.family === "sql" ? statementPart(facts) : callPart(facts) + part(args);
  return text.length <= factsCharsMax ? `=${text}` : `#${hash("sha256", text, "hex")}`;
}

function statementPart(facts: SqlFacts): string {
  const { kinds, reads, writes, functions, settings, filtered, maskedUse, statements } = facts;
  return (
    [kinds, reads, writes, functions, settings].map(list).join("") +
    `${filtered},${maskedUse},${statements}`
  );
}

/** Those of a statement begin with a number. */
function callPart({ method, name, claims, definition, toolClass }: McpFacts): string {
  const { readOnly, destructive, idempotent, openWorld } = claims;
  const claimed = `${readOnly},${destructive},${idempotent},${openWorld}`;
  return `mcp${[method, name, definition, toolClass].map(part).join("")}${claimed}`;
}

function list(items: readonly string[]): string {
  let text = `${items.length}[`;
  for (const item of items) text += part(item);
  return text;
}

function part(text: string): string {
  return `${text.length}:${text}`;
}

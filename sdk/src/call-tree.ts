/**
 * A call of a tool as a tree, from the command that is shown of it: every value with its type, and where it stands in the command, so that what is masked there
 * can be told in the tree.
 *
 * Guarantees that nothing of the command is left out: what can't be read whole is null, for whoever shows it to show as text. Numbers
 * keep their digits, keys that stand twice stand twice. A number that is masked stands without quotation marks.
 */

export type CallNode = CallBranch | CallLeaf;

interface Placed {
  /** In UTF-16 code units of the command; the end is exclusive. */
  readonly start: number;
  readonly end: number;
  /** Null of a list's items and of the whole. */
  readonly key: string | null;
  /** Where the key stands, likewise; null where there is none. */
  readonly keyStart: number | null;
}

export interface CallBranch extends Placed {
  readonly kind: "object" | "list";
  readonly items: readonly CallNode[];
}

export interface CallLeaf extends Placed {
  readonly kind: "text" | "number" | "true" | "false" | "null";
  /** What it means; of a number its digits as they were written. */
  readonly value: string;
}

/** More are hard to follow for whoever reads it, and for what draws it. */
const depthMax = 128;

class Unreadable extends Error {}

export function parseCallTree(command: string): CallNode | null {
  let at = 0;
  try {
    const root = value(null, null, 0);
    blanks();
    return at === command.length ? root : null;
  } catch (error) {
    if (error instanceof Unreadable || error instanceof SyntaxError) return null;
    throw error;
  }

  function value(key: string | null, keyStart: number | null, depth: number): CallNode {
    blanks();
    const start = at;
    const sign = command.charAt(at);
    if (sign === "{" || sign === "[") return branch(sign, { key, keyStart }, depth);
    if (sign === '"') {
      const text = string();
      return { kind: "text", value: text, start, end: at, key, keyStart };
    }
    for (const word of ["true", "false", "null"] as const) {
      if (!command.startsWith(word, at)) continue;
      at += word.length;
      return { kind: word, value: word, start, end: at, key, keyStart };
    }
    numberForm.lastIndex = at;
    const [digits] = numberForm.exec(command) ?? fail();
    at += digits.length;
    return { kind: "number", value: digits, start, end: at, key, keyStart };
  }

  function branch(
    sign: "{" | "[",
    named: Pick<Placed, "key" | "keyStart">,
    depth: number,
  ): CallBranch {
    if (depth >= depthMax) fail();
    const start = at;
    const close = sign === "{" ? "}" : "]";
    const items: CallNode[] = [];
    at += 1;
    blanks();
    while (command.charAt(at) !== close) {
      if (items.length > 0) expect(",");
      blanks();
      const nameStart = sign === "{" ? at : null;
      const name = nameStart === null ? null : string();
      if (name !== null) {
        blanks();
        expect(":");
      }
      items.push(value(name, nameStart, depth + 1));
      blanks();
    }
    at += 1;
    return { kind: sign === "{" ? "object" : "list", items, start, end: at, ...named };
  }

  function string(): string {
    stringForm.lastIndex = at;
    const [written] = stringForm.exec(command) ?? fail();
    at += written.length;
    return written.includes("\\") ? String(JSON.parse(written)) : written.slice(1, -1);
  }

  function expect(sign: string): void {
    if (command.charAt(at) !== sign) fail();
    at += 1;
  }

  function blanks(): void {
    while (" \n\r\t".includes(command.charAt(at)) && at < command.length) at += 1;
  }
}

const numberForm = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|<[A-Z][A-Z_]*_\d{1,7}>/y;
const stringForm =
  /"[^"\\\p{Cc}]*(?:(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|[\u007f-\u009f])[^"\\\p{Cc}]*)*"/uy;

function fail(): never {
  throw new Unreadable();
}

export interface ShownCall {
  /** The tool's or prompt's name, or the resource's URI. */
  readonly name: CallLeaf;
  /** Null where it has none. */
  readonly arguments: CallNode | null;
  /** What goes with it besides: keys of `_meta` that reach the server. */
  readonly besides: readonly CallNode[];
}

/** Null where it is not wholly understood: then it is shown as text. */
export function readCall(command: string): ShownCall | null {
  const root = parseCallTree(command);
  if (root?.kind !== "object") return null;
  const [method, name, ...rest] = root.items;
  if (method?.kind !== "text" || method.key !== "method") return null;
  if (name?.kind !== "text" || (name.key !== "name" && name.key !== "uri")) return null;
  const args = rest.filter(({ key }) => key === "arguments");
  if (args.length > 1) return null;
  return {
    name,
    arguments: args[0] ?? null,
    besides: rest.filter(({ key }) => key !== "arguments"),
  };
}

/** The same call with other arguments, which are JSON. */
export function withArguments(command: string, argumentsText: string): string {
  const call = readCall(command);
  if (call === null) return command;
  const { arguments: given, name } = call;
  return given === null
    ? `${command.slice(0, name.end)},"arguments":${argumentsText}${command.slice(name.end)}`
    : `${command.slice(0, given.start)}${argumentsText}${command.slice(given.end)}`;
}

/** What follows the name: for a list, where the headline has named it. Also of a beginning. */
export function callLine(command: string): string {
  const call = readCall(command);
  if (call !== null)
    return lineOf([call.arguments, ...call.besides].filter((each) => each !== null));
  const head = headForm.exec(command)?.[0];
  if (head === undefined) return command;
  const rest = command.slice(head.length);
  const line = rest.endsWith("}") ? rest.slice(0, -1) : rest;
  return line === "" || line === "{}" ? "without arguments" : line.replace(/^,/, "");
}

/** `to: "a", "b"; customer.id: 7` */
function lineOf(nodes: readonly CallNode[]): string {
  const parts: string[] = [];
  let left = leavesInLineMax;
  const visit = (node: CallNode, path: string): void => {
    if (left <= 0) return;
    if (!("items" in node)) {
      left -= 1;
      parts.push(`${path === "" ? "" : `${path}: `}${leafInLine(node)}`);
    } else if (node.kind === "list" && node.items.every((item) => !("items" in item))) {
      left -= 1;
      const shown = node.items.slice(0, itemsInLineMax) as readonly CallLeaf[];
      const more = node.items.length > shown.length ? ", …" : "";
      parts.push(`${path}: ${shown.map(leafInLine).join(", ")}${more}`);
    } else {
      for (const item of node.items) visit(item, pathOf(path, item));
    }
  };
  for (const node of nodes) visit(node, node.key === "arguments" ? "" : (node.key ?? ""));
  if (parts.length === 0) return "without arguments";
  return `${parts.join("; ")}${left <= 0 ? "; …" : ""}`;
}

const leavesInLineMax = 12;
const itemsInLineMax = 3;
const textInLineMax = 60;

function pathOf(path: string, { key }: CallNode): string {
  if (key === null) return path;
  const name = /^[\p{L}_][\p{L}\p{N}_-]*$/u.test(key) ? key : JSON.stringify(key);
  return path === "" ? name : `${path}.${name}`;
}

function leafInLine({ kind, value }: CallLeaf): string {
  if (kind !== "text") return value;
  const part = value.slice(0, textInLineMax).replace(/[\ud800-\udbff]$/, "");
  return JSON.stringify(part === value ? value : `${part}…`);
}

const headForm = /^\{"method":"[a-z/]+","(?:name|uri)":"(?:[^"\\]|\\.)*"(?:,"arguments":)?/;

/**
 * One value a line, indented by where it stands: for a terminal and for the difference of two. JSON, but for masked numbers, and for a text of several
 * lines, of which each is a string of its own.
 */
export function callLines(command: string): readonly string[] | null {
  const root = parseCallTree(command);
  if (root === null) return null;
  const lines: string[] = [];
  write(root, "", "");
  return lines;

  function write(node: CallNode, indent: string, comma: string): void {
    const name = node.key === null ? "" : `${JSON.stringify(node.key)}: `;
    if (!("items" in node)) {
      const parts = leafTexts(node);
      if (parts.length === 1) lines.push(`${indent}${name}${parts[0]}${comma}`);
      else {
        const last = parts.length - 1;
        lines.push(
          `${indent}${name}`.trimEnd(),
          ...parts.map((part, at) => `${indent}  ${part}${at === last ? comma : ""}`),
        );
      }
      return;
    }
    const [open, close] = node.kind === "object" ? ["{", "}"] : ["[", "]"];
    if (node.items.length === 0) {
      lines.push(`${indent}${name}${open}${close}${comma}`);
      return;
    }
    lines.push(`${indent}${name}${open}`);
    for (const [index, item] of node.items.entries()) {
      write(item, `${indent}  `, index === node.items.length - 1 ? "" : ",");
    }
    lines.push(`${indent}${close}${comma}`);
  }
}

function leafTexts({ kind, value }: CallLeaf): readonly string[] {
  if (kind !== "text") return [value];
  return value.split(/(?<=\n)/).map((line) => JSON.stringify(line));
}

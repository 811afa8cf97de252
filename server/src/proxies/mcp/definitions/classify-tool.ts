/**
 * What a tool is taken for, by its name, what it takes, and what its server says of it.
 *
 * All three are the server's own words, so that they can lie in either direction; what is worse is believed, and what is better
 * only where nothing speaks against it. What the owner of the connection says stands above all. A class alone lets nothing run and
 * keeps nothing from running: policies do.
 */
import type { JsonObject, ToolClass } from "#/core/facts.ts";
import { strength, type WordClass, wordClasses, wordsOf } from "./tool-words.ts";

/** What the server says, as far as it says it: what it leaves out is not taken for said here. */
export interface ToolHints {
  readonly readOnly: boolean | null;
  readonly destructive: boolean | null;
}

export interface ClassifiedTool {
  readonly name: string;
  readonly inputSchema: JsonObject | null;
  readonly hints: ToolHints;
}

export const classReasons = {
  owner: "The configuration says so.",
  distrusted: "Its definition holds text that is there to deceive, and nobody has accepted it.",
  claims_destructive: "Its server says that it may destroy data.",
  claims_changes: "Its server says that it does not only read.",
  claims_read:
    "Its name does not say whether it changes anything, and its server says that it only reads.",
  name: "Its name says so.",
  takes_address: "It takes an address, and whatever is written into one leaves with it.",
  takes_program: "It runs what it is given, which may do anything.",
  addresses_people: "It takes a text and for whom it is.",
  nameless: "Its name does not say what it does.",
} as const;
export type ClassReason = keyof typeof classReasons;

export interface Classified {
  readonly toolClass: ToolClass;
  readonly reason: ClassReason;
}

export function classifyTool(tool: ClassifiedTool): Classified {
  const named = classOfName(tool.name, tool.hints.readOnly === true);
  const told = classOf(tool, named);
  return tool.hints.destructive === true ? mayDestroy(tool.name, named, told) : told;
}

/**
 * Of whatever is said to change anything the specification takes silence for this hint, and servers write it out for a click. So it counts
 * for all that it says where the name does not tell what is done, and for a change where that tells of none.
 */
function mayDestroy(name: string, named: WordClass | null, told: Classified): Classified {
  const says = named === "read" || named === "write" || named === "send";
  const isTold = says && !wordsOf(name).some((word) => sweeping.has(word));
  if (told.toolClass === "destructive") return told;
  if (!isTold || told.toolClass === "unknown")
    return classified("destructive", "claims_destructive");
  return told.toolClass === "read" ? classified("write", "claims_destructive") : told;
}

function classOf({ inputSchema, hints }: ClassifiedTool, named: WordClass | null): Classified {
  const takes = new Set(propertiesOf(inputSchema).map(plainName));
  if (named === "destructive") return classified("destructive", "name");
  if (named === "program") return classified("unknown", "takes_program");
  if (named === "send") return classified("send", "name");
  if (some(takes, people) && some(takes, texts)) return classified("send", "addresses_people");
  if (named === "write") return classified("write", "name");
  if (some(takes, programs)) return classified("unknown", "takes_program");
  if (some(takes, addresses)) return classified("send", "takes_address");
  if (hints.readOnly === false && named === "read") return classified("write", "claims_changes");
  if (named === "read") return classified("read", "name");
  return hints.readOnly === true
    ? classified("read", "claims_read")
    : classified("unknown", "nameless");
}

function classified(toolClass: ToolClass, reason: ClassReason): Classified {
  return { toolClass, reason };
}

/**
 * The first word that says something. Behind it stand the things that it is done to, which are called by the same words:
 * `list_comments`, `get_push_status`. They count where the first may be a thing itself (`status_update`, not `check_push_status`), where
 * something is made that leaves (`add_comment`), and behind an "and" or "or".
 */
function classOfName(name: string, claimsRead: boolean): WordClass | null {
  const words = wordsOf(name);
  const says = (word: string) => wordClasses.has(word) && !(claimsRead && unclear.has(word));
  const first = words.findIndex(says);
  const verb = words[first];
  if (verb === undefined) return null;
  const rest = words.slice(first + 1);
  const classes = [
    verb,
    ...(things.has(verb) && !states.has(words.at(-1) ?? "") ? rest : []),
    ...(makes.has(verb) ? rest.filter((word) => wordClasses.get(word) === "send") : []),
    ...rest.filter((_, at) => joints.has(words[first + at] ?? "")),
  ].map((word) => wordClasses.get(word) ?? "read");
  return classes.reduce((one, other) => {
    return strength.indexOf(one) < strength.indexOf(other) ? other : one;
  });
}

/** Of an object's schema, those that stand in its alternatives too. */
function propertiesOf(schema: JsonObject | null, depth = 0): readonly string[] {
  if (schema === null || depth > schemaDepthMax) return [];
  const own = asObject(schema["properties"]);
  const parts = ["allOf", "anyOf", "oneOf"].flatMap((key) => {
    const list = schema[key];
    return Array.isArray(list) ? (list as readonly unknown[]) : [];
  });
  const nested = own === null ? [] : Object.values(own);
  return [
    ...(own === null ? [] : Object.keys(own)),
    ...[...parts, ...nested].flatMap((part) => propertiesOf(asObject(part), depth + 1)),
  ];
}

/** Deeper than this nobody looks for what a tool takes. */
const schemaDepthMax = 16;

function asObject(value: unknown): JsonObject | null {
  return value !== null && typeof value === "object" && !Array.isArray(value)
    ? (value as JsonObject)
    : null;
}

/** `webhook_url` and `webhookUrl` are the same. */
function plainName(name: string): string {
  return wordsOf(name).join("");
}

function some(names: ReadonlySet<string>, wanted: ReadonlySet<string>): boolean {
  return [...names].some((name) => wanted.has(name));
}

const setOf = (text: string): ReadonlySet<string> => new Set(text.split(" "));
const joints = setOf("and or then n");
const makes = setOf("add compose create draft make start submit write");
const things = setOf(
  "check count diff has head help info is logs monitor preview query recall recent screenshot snapshot stat stats status tail trace tree view wait watch",
);
const states = setOf("count details history info logs progress stat state stats status");
/** Of much at once, by which nobody knows what of it goes. */
const sweeping = setOf("apply deploy manage migrate");
/** Of what is done in one's own view, or shown, as often as of a change: there the server's word counts. */
export const unclear = setOf("generate open plan resolve select");
const addresses = setOf(
  "url urls uri uris href webhook webhookurl callback callbackurl endpoint targeturl",
);
const programs = setOf(
  "sql code script command commands cmd shell javascript function expression program statement statements cypher jq",
);
const people = setOf(
  "to cc bcc recipient recipients recipientid channel channelid chatid phonenumber touser",
);
const texts = setOf("body text message messages content html subject markdown blocks");

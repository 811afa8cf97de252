/**
 * What a reviewer's edit of a call is: the same tool with other arguments, valid under the schema that the tool states for them.
 *
 * Whatever else stands in the command stays as it is: its method, what is called, what is sent along. An edit counts for nothing less than
 * what waits: what fewer or smaller arguments do nobody but the tool knows.
 */
import type { Action } from "#/core/action.ts";
import type { McpFacts } from "#/core/facts.ts";
import type { Json } from "#/core/json.ts";
import { jsonLeaves, pathKeys, roundedPaths } from "#/core/json-leaves.ts";
import type { Edit, Edited, EditRefused } from "#/core/protocol.ts";
import type { ShownRuns } from "#/core/pseudonym.ts";
import { JsonProblem } from "#/proxies/mcp/json/json-cursor.ts";
import type { JsonNode, JsonObject } from "#/proxies/mcp/json/json-node.ts";
import { memberOf, objectOf } from "#/proxies/mcp/json/json-value.ts";
import { parseJson } from "#/proxies/mcp/json/parse-json.ts";
import { invalidUnder } from "#/proxies/mcp/masked/input-schema.ts";
import { commandText, textIn } from "./call-text.ts";
import { restoreCall, shownPath } from "./restore-call.ts";

/** What of arguments is wrong, and what the schema takes there, in words without anything of them; may not find all of it. */
export type FaultsOf = (
  schema: Json,
  argumentsText: string,
) => readonly { readonly path: readonly (string | number)[]; readonly says: string }[];

/** What a refusal names. */
const faultsToldMax = 3;

/** `inputSchema`: as the tool's definition has it; null where there is none. */
export function editCall(
  { action, command, parameters, shown }: Edit,
  inputSchema: Json | null,
  faultsOf: FaultsOf,
): Edited {
  const { facts } = action;
  if (facts.family !== "mcp") return refuse("It is no call.");
  if (parameters !== null && parameters.length > 0) return refuse("A call takes no parameters.");
  if (!command.isWellFormed()) return refuse("It is no text.");
  const restored = restoreCall(command, action.command, shown);
  if (restored.kind === "misplaced") return refuse(restored.why);
  const edited = read(restored.text);
  if (typeof edited === "string") return refuse(edited);
  const sent = read(action.command);
  if (typeof sent === "string") return refuse("What waits can't be edited.");
  const other =
    whatElse(edited, restored.text, sent, action.command) ??
    [...restored.writtenOver].map((path) => pathKeys(path)[0] ?? "").find(isNoArgument) ??
    null;
  if (other !== null) {
    const what = shownPath([other], shown);
    return refuse(`Only its arguments can be edited, and ${what} is not as it was sent.`);
  }
  const said = memberOf(edited, "arguments");
  const given = said?.kind === "literal" && said.value === null ? null : said;
  if (given !== null && given.kind !== "object") return refuse("Arguments are an object.");
  const argumentsText = given === null ? "{}" : textIn(given, restored.text);
  const wrong = inputSchema === null ? null : invalidUnder(inputSchema, argumentsText);
  if (inputSchema !== null && wrong !== null) {
    return refuse(wrongText(wrong, faultsOf(inputSchema, argumentsText), shown));
  }
  const text = commandText(sent, action.command, argumentsText);
  if (text === action.command && restored.writtenOver.size === 0) {
    const message = "The edit changes nothing. Approve the call as it is, or edit it.";
    return { kind: "refused", code: "review.override_unchanged", message };
  }
  return {
    kind: "edited",
    action: editedAction(action, facts, text, given),
    narrows: false,
    // Nothing of a server says whether a call would be taken, but the call.
    check: () => Promise.resolve(null),
  };
}

/** `wrong` leads to what is surely wrong, where nothing more can be said of it. */
function wrongText(
  wrong: readonly string[],
  faults: ReturnType<FaultsOf>,
  shown: ShownRuns,
): string {
  if (faults.length === 0) {
    return `${shownPath(["arguments", ...wrong], shown)} is not what the tool takes.`;
  }
  const told = faults.slice(0, faultsToldMax);
  const more = faults.length - told.length;
  const sentences = told.map(({ path, says }) => `${placeText(path, shown)} ${says}.`);
  return [...sentences, ...(more === 0 ? [] : [`${more} more are wrong.`])].join(" ");
}

/** `arguments.lines[0].sku` */
function placeText(path: readonly (string | number)[], shown: ShownRuns): string {
  const steps = path.map((step) =>
    typeof step === "number" ? `[${step}]` : `.${shownPath([step], shown)}`,
  );
  return `arguments${steps.join("")}`;
}

function editedAction(
  action: Action,
  facts: McpFacts,
  command: string,
  given: JsonObject | null,
): Action {
  const literals = jsonLeaves(command);
  return {
    ...action,
    command,
    facts: {
      ...facts,
      arguments: given === null ? {} : objectOf(given),
      literals,
      rounded: roundedPaths(command, literals),
    },
    fingerprint: null,
    revision: action.revision + 1,
  };
}

function refuse(why: string): EditRefused {
  const message = `The edited call can't run in place of the one that waits. ${why}`;
  return { kind: "refused", code: "review.override_refused", message };
}

function read(text: string): JsonObject | string {
  try {
    const node = parseJson(text);
    return node.kind === "object" ? node : "It is no call.";
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error;
    return faults[error.fault];
  }
}

const faults: Readonly<Record<JsonProblem["fault"], string>> = {
  malformed: "It is no JSON.",
  duplicate_key: "A key stands twice in one object.",
  lone_surrogate: "A text has half of a surrogate pair, which is no character.",
  too_deep: "It is nested too deep.",
  too_many_values: "It has too many values.",
};

function isNoArgument(key: string): boolean {
  return key !== "arguments";
}

/** A member besides the arguments that differs; null where there is none. */
function whatElse(
  edited: JsonObject,
  text: string,
  sent: JsonObject,
  sentText: string,
): string | null {
  const keys = [...new Set([...edited.members, ...sent.members].map(({ key }) => key))];
  const spelled = (node: JsonNode | null, of: string) => (node === null ? null : textIn(node, of));
  const differs = (key: string) =>
    spelled(memberOf(edited, key), text) !== spelled(memberOf(sent, key), sentText);
  return keys.find((key) => key !== "arguments" && differs(key)) ?? null;
}

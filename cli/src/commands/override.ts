/**
 * `override`: puts an edited command, or other parameters, in place of what waits.
 *
 * Guarantees that the difference which is shown is the one between the action of that reading and the edit
 * which is sent, and that on a terminal nothing is sent before it was answered with yes.
 */
import { parseCallTree, withArguments } from "@countersign/sdk/call-tree";
import { type Client, ClientError } from "@countersign/sdk/client";
import { cautions, safeJson, visible } from "@countersign/sdk/visible";
import type { Parameter } from "@countersign/sdk/wire/content";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import type { OverrideAnswer, OverrideRequest } from "@countersign/sdk/wire/verdict";
import type { Context } from "../context.ts";
import { presentDifference } from "../difference.ts";
import { CliError, type ExitCode, exitCodes } from "../failure.ts";
import { withGateway } from "../gateway.ts";
import { paint, type Terminal } from "../layout.ts";
import { runsLines } from "../present-command.ts";
import { presentReview, showAllText } from "../present-review.ts";
import { resolveReview } from "../review-id.ts";
import { missingText, stateText } from "../review-words.ts";
import { checkDigestForm, checkJudged, nextText, sayWhy, type VerdictOptions } from "./verdicts.ts";

export interface OverrideOptions extends VerdictOptions {
  /** `-` for standard input. */
  readonly command?: string;
  /** A JSON list of texts and nulls. */
  readonly parameters?: string;
  /** Of a call, in place of its own: a JSON object. */
  readonly arguments?: string;
  readonly yes?: boolean;
}

/** What the gateway takes. */
const commandBytesMax = 64 * 1024;

export async function override(
  context: Context,
  id: string,
  options: OverrideOptions,
): Promise<ExitCode> {
  const { terminal, now } = context;
  const comment = options.message?.trim() ?? "";
  if (comment === "") throw new CliError("cli.usage", sayWhy);
  checkDigestForm(options.digest, context.command);
  const parameters = parametersOf(options.parameters);
  const command = await commandOf(options.command, context);
  const given = options.arguments ?? null;
  if (command === null && parameters === null && given === null) {
    throw new CliError("cli.usage", sayWhat);
  }
  return withGateway(context, options, async ({ client }) => {
    const review = await client.review(await resolveReview(context, client, id, "decide"));
    // What it replaces has to have been seen: an edit that narrows approves the rest of it.
    checkJudged(review, "approve", options.digest, context.command);
    const edit = {
      command: command ?? (given === null ? review.command : callWith(review, given)),
      parameters,
    };
    if (options.json !== true) {
      terminal.out(differenceText(review, edit, terminal));
      terminal.out(await othersText(client, review));
      if (options.yes !== true) await confirm(context);
    }
    const answer = await send(client, review.id, { digest: review.digest, comment, ...edit });
    if (options.json === true) {
      terminal.out(`${safeJson(answer)}\n`);
      return exitCodes.done;
    }
    // The edit has taken effect, whatever comes of reading where it led.
    const after = await client.review(review.id).catch(() => null);
    if (after !== null && after.digest === answer.digest) {
      const heading = stateText(answer.state);
      const showAll = showAllText(after, context.command);
      terminal.out(`\n${presentReview(after, now(), terminal, { heading, showAll })}`);
    }
    terminal.out(`\n${afterText(answer, after ?? review)}\n`);
    return exitCodes.done;
  });
}

const sayWhat =
  'Say what is to run instead: --command "…" (or - for standard input), --parameters \'["…", null]\', or of a call --arguments \'{"…": 1}\'.';

/** The same call with other arguments. What stands masked may stay: `{"to":"<EMAIL_1>"}`. */
function callWith({ command, facts }: ReviewDetail, given: string): string {
  if (facts.family !== "mcp") {
    throw new CliError("cli.usage", "--arguments is for calls: write a statement with --command.");
  }
  if (parseCallTree(given)?.kind !== "object") {
    throw new CliError("cli.usage", "--arguments takes a JSON object.");
  }
  return withArguments(command, given);
}

async function commandOf(given: string | undefined, { input }: Context): Promise<string | null> {
  if (given === undefined) return null;
  const text = given === "-" ? await input.read(commandBytesMax) : given;
  if (text === null || Buffer.byteLength(text) > commandBytesMax) {
    throw new CliError("cli.usage", `An edit takes at most ${commandBytesMax / 1024} KiB.`);
  }
  // The end of a line that a pipe or an editor adds is nobody's edit.
  const command = given === "-" ? text.replace(/\r?\n$/, "") : text;
  if (command.trim() === "") throw new CliError("cli.usage", sayWhat);
  return command;
}

function parametersOf(given: string | undefined): readonly (string | null)[] | null {
  if (given === undefined) return null;
  const parsed = parseJson(given);
  const isList = (value: unknown): value is readonly (string | null)[] =>
    Array.isArray(value) && value.every((item) => item === null || typeof item === "string");
  if (isList(parsed)) return parsed;
  throw new CliError(
    "cli.usage",
    "--parameters takes a JSON list of texts and nulls, in the order of $1, $2.",
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Edit = Pick<OverrideRequest, "command" | "parameters">;

function differenceText(review: ReviewDetail, edit: Edit, terminal: Terminal): string {
  const edited = {
    command: edit.command,
    // What is left out stays, as far as the edited command uses it: the gateway says.
    parameters:
      edit.parameters?.map((text, at): Parameter => {
        const held = review.parameters[at];
        return held?.text === text ? held : { type: held?.type ?? 0, format: "text", text };
      }) ?? review.parameters,
  };
  const isCall = review.facts.family === "mcp";
  const notes = cautions([edit.command, ...(edit.parameters ?? [])].join("\n"));
  return [
    `${paint(terminal, "bold", visible(review.id))}  would be edited\n\n`,
    presentDifference(runsLines({ ...review, isCall }), runsLines({ ...edited, isCall }), terminal),
    ...notes.map((note) => `  ${paint(terminal, ["bold", "yellow"], `Note: ${note}`)}\n`),
  ].join("");
}

async function confirm({ input, terminal }: Context): Promise<void> {
  if (input.ask === null) return;
  const answer = await input.ask("\nPut this in its place? [y/N] ");
  if (/^y(es)?$/i.test(answer.trim())) return;
  terminal.out("\n");
  throw new CliError("cli.not_confirmed", "Nothing was changed.");
}

/** Said before it is sent: of some edits it is known that their editor can't approve them. */
async function othersText(client: Client, { facts }: ReviewDetail): Promise<string> {
  if (facts.family !== "mcp") return "";
  const { quickstart } = await client.status();
  const alone = quickstart ? " The quickstart has nobody else: then you can only deny it." : "";
  return `\n  An edit of a call is never its editor's approval: others have to approve it.${alone}\n`;
}

/** Sent again, once, where no answer came: the key keeps it one edit. */
async function send(client: Client, id: string, request: OverrideRequest): Promise<OverrideAnswer> {
  const key = crypto.randomUUID();
  try {
    return await client.override(id, request, key);
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== "client.unreachable") throw error;
    return await client.override(id, request, key);
  }
}

function afterText({ state, counted }: OverrideAnswer, review: ReviewDetail): string {
  if (!counted) {
    return `Edited. It is not proven to do less than before, so others have to approve it: ${missingText(review.quorum)}.`;
  }
  const does = "Edited. It does less than before, so your edit is your approval.";
  return state === "approved"
    ? `${does} ${nextText(review)}`
    : `${does} It runs once these approve too: ${missingText(review.quorum)}.`;
}

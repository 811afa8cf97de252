/** `inbox` and `show`: what waits, and one of it. */

import { readCall } from "@countersign/sdk/call-tree";
import type { Client } from "@countersign/sdk/client";
import { safeJson, visible } from "@countersign/sdk/visible";
import type { ReviewDetail, ReviewState, ReviewSummary } from "@countersign/sdk/wire/review";
import type { Context } from "../context.ts";
import { type ExitCode, exitCodes } from "../failure.ts";
import { type GatewayOptions, withGateway } from "../gateway.ts";
import { field, type Terminal } from "../layout.ts";
import { revealLines } from "../masked-text.ts";
import { presentEntry } from "../present-entry.ts";
import { digestShownChars, presentReview, showAllText } from "../present-review.ts";
import { namesAction, resolveReview } from "../review-id.ts";
import { stateText } from "../review-words.ts";
import { isShownWhole } from "../shown-part.ts";

export const reviewStates = [
  "pending",
  "approved",
  "denied",
  "changes_requested",
  "expired",
  "cancelled",
  "voided",
] as const satisfies readonly ReviewState[];

/** In a line that is there to be typed anew. */
const ownArgumentsCharsMax = 400;

/** More are not listed at a time. */
const inboxMax = 1000;

export interface ListOptions extends GatewayOptions {
  readonly state: ReviewState | "all";
  readonly json?: boolean;
}

export function inbox(context: Context, options: ListOptions): Promise<ExitCode> {
  const { terminal, now } = context;
  return withGateway(context, options, async ({ client }) => {
    const { reviews, isCut } = await listReviews(client, options.state);
    if (options.json === true) {
      terminal.out(`${safeJson(reviews)}\n`);
    } else if (reviews.length === 0) {
      terminal.out(emptyText(options.state));
    } else {
      const at = now();
      terminal.out(`${reviews.map((review) => presentEntry(review, at, terminal)).join("\n")}\n`);
      terminal.out(footer(reviews, options.state, context.command));
    }
    if (isCut) terminal.err(`Only the newest ${inboxMax} are listed.\n`);
    return exitCodes.done;
  });
}

export interface ShowOptions extends GatewayOptions {
  readonly json?: boolean;
  /** The whole of it, however much it is. */
  readonly all?: boolean;
}

export function show(context: Context, id: string, options: ShowOptions): Promise<ExitCode> {
  const { terminal, now, command } = context;
  return withGateway(context, options, async ({ client }) => {
    const review = await client.review(await resolveReview(context, client, id, "look"));
    if (options.json === true) {
      terminal.out(`${safeJson(review)}\n`);
      return exitCodes.done;
    }
    if (namesAction(id)) {
      const actionId = visible(review.actionId);
      terminal.out(`${actionId} is an action. This is the review that belongs to it:\n\n`);
    }
    const { all = false } = options;
    const showAll = showAllText(review, command);
    terminal.out(presentReview(review, now(), terminal, { all, showAll }));
    if (review.state === "pending") {
      const { allowed, reason, refuse } = review.mayDecide;
      const isWhole = all || isShownWhole(review);
      terminal.out(
        allowed
          ? `\n${decideText(review, command, isWhole)}`
          : cannotText(reason, refuse, terminal),
      );
    }
    return exitCodes.done;
  });
}

async function listReviews(
  client: Client,
  state: ReviewState | "all",
): Promise<{ readonly reviews: readonly ReviewSummary[]; readonly isCut: boolean }> {
  const reviews: ReviewSummary[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const { items, next } = await client.reviews({
      ...(state === "all" ? {} : { state }),
      ...(cursor === "" ? {} : { cursor }),
    });
    reviews.push(...items);
    if (reviews.length > inboxMax) return { reviews: reviews.slice(0, inboxMax), isCut: true };
    cursor = next;
  }
  return { reviews, isCut: false };
}

function emptyText(state: ReviewState | "all"): string {
  if (state === "pending") return "Nothing waits for a decision.\n";
  return state === "all" ? "There are no reviews yet.\n" : `No review is ${stateText(state)}.\n`;
}

function footer(
  reviews: readonly ReviewSummary[],
  state: ReviewState | "all",
  command: string,
): string {
  const [first] = reviews;
  if (state !== "pending" || first === undefined) return "";
  const count = reviews.length === 1 ? "1 review waits" : `${reviews.length} reviews wait`;
  return `${count}. Look at one: ${command} show ${visible(first.id)}\n`;
}

function cannotText(reason: string | null, refuse: boolean, { columns }: Terminal): string {
  const why = reason === null ? "The gateway does not say why." : visible(reason);
  const said = refuse
    ? "You can deny it or ask for changes, and not approve it"
    : "You can't decide on it";
  return `\n${said}:\n${field("", why, columns)}`;
}

/** What is not wholly shown is not approved; no, one can always say. */
function decideText(review: ReviewDetail, command: string, isWhole: boolean): string {
  const id = visible(review.id);
  const view = visible(review.view.digest.slice(0, digestShownChars));
  return [
    ...revealLines(review, command),
    isWhole
      ? `  ${command} approve ${id} --view ${view}`
      : `  ${showAllText(review, command)}   (how to approve it stands at the end)`,
    `  ${command} deny ${id} -m "why not"`,
    `  ${command} request-changes ${id} -m "what to change"`,
    ...(mayBeEdited(review) ? [`  ${command} override ${id} ${editOption(review)} -m "why"`] : []),
    "",
  ].join("\n");
}

function editOption({ facts, command }: ReviewDetail): string {
  return facts.family === "mcp"
    ? `--arguments '${ownArguments(command)}'`
    : '--command "what to run instead"';
}

/** Those of the call, to be changed: what stands masked in them means what was sent. Where they can't be typed as they are, their form. */
function ownArguments(command: string): string {
  const given = readCall(command)?.arguments ?? null;
  const text = given === null ? null : command.slice(given.start, given.end);
  if (text === null || text === "{}") return '{"name": "value"}';
  const isPlain = visible(text) === text && text.length <= ownArgumentsCharsMax;
  return isPlain ? text.replaceAll("'", "'\\''") : '{"…": "all of its arguments"}';
}

/** Data that came with a command fits no other, and an edit has its meaning from the session that waits. */
function mayBeEdited({ attached, data }: ReviewDetail): boolean {
  return attached && data === null;
}

/**
 * `approve`, `deny`, `request-changes`: a person's word on one reading of a review.
 *
 * Guarantees that what is shown is exactly what the verdict was on: the review is read, judged by the
 * digest of that reading, and what is shown has that digest. What is too long to be shown unasked is approved
 * only by its digest, which is shown with the whole of it alone. A refusal stands alone, so that nothing above it
 * looks like success.
 *
 * An approval is for no more rows than its giver was shown: with `--view` for those of that look, where it was asked on a
 * terminal for those that stood there, and else for the fewest that were ever measured of the action.
 */
import { type Client, ClientError } from "@countersign/sdk/client";
import { effectText } from "@countersign/sdk/effect-text";
import { safeJson, visible } from "@countersign/sdk/visible";
import type { ReviewDetail, VerdictKind } from "@countersign/sdk/wire/review";
import type { VerdictAnswer, VerdictRequest } from "@countersign/sdk/wire/verdict";
import type { Context } from "../context.ts";
import { CliError, type ExitCode, exitCodes } from "../failure.ts";
import { type GatewayOptions, withGateway } from "../gateway.ts";
import { digestShownChars, presentReview, showAllText } from "../present-review.ts";
import { resolveReview } from "../review-id.ts";
import { missingText, outcomeText, stateText } from "../review-words.ts";
import { isShownWhole } from "../shown-part.ts";

export interface VerdictOptions extends GatewayOptions {
  readonly message?: string;
  /** The beginning of the digest that the person judged. */
  readonly digest?: string;
  /** The beginning of the digest of what the person was shown. */
  readonly view?: string;
  /** Approve no more rows than this. */
  readonly maxRows?: number;
  readonly json?: boolean;
  readonly yes?: boolean;
}

export async function decide(
  context: Context,
  verdict: VerdictKind,
  id: string,
  options: VerdictOptions,
): Promise<ExitCode> {
  const { terminal, now, command } = context;
  const comment = options.message?.trim() ?? "";
  if (verdict !== "approve" && comment === "") {
    throw new CliError("cli.usage", sayWhy);
  }
  checkDigestForm(options.digest, command);
  checkViewForm(options.view, command);
  return withGateway(context, options, async ({ client }) => {
    const review = await client.review(await resolveReview(context, client, id, "decide"));
    checkShown(review, options.view, command);
    checkJudged(review, verdict, options.digest ?? options.view, command);
    const isAsked = verdict === "approve" && (await askFor(review, context, options));
    const request = {
      verdict,
      digest: review.digest,
      comment: comment === "" ? null : comment,
      maxRows: options.maxRows ?? null,
      viewDigest: isAsked || options.view !== undefined ? review.view.digest : null,
    };
    const answer = await giveVerdict(client, review.id, request);
    if (options.json === true) {
      terminal.out(`${safeJson(answer)}\n`);
    } else {
      // The verdict is given, whatever comes of reading where it led.
      const after = await client.review(review.id).catch(() => review);
      const shown = after.digest === review.digest ? after : review;
      const heading = stateText(answer.state);
      const showAll = showAllText(shown, command);
      if (!isAsked)
        terminal.out(`${presentReview(shown, now(), terminal, { heading, showAll })}\n`);
      terminal.out(`${afterText(verdict, answer, after)}\n`);
    }
    return exitCodes.done;
  });
}

export const sayWhy = 'Say why, for the agent and the record: -m "…"';

export function checkDigestForm(digest: string | undefined, command: string): void {
  if (digest === undefined || /^[0-9a-f]{12,64}$/i.test(digest)) return;
  const message = `--digest takes at least ${digestShownChars} characters of hex, from \`${command} show\`.`;
  throw new CliError("cli.usage", message);
}

function checkViewForm(view: string | undefined, command: string): void {
  if (view === undefined || /^[0-9a-f]{12,64}$/i.test(view)) return;
  const message = `--view takes at least ${digestShownChars} characters of hex, from \`${command} show\`.`;
  throw new CliError("cli.usage", message);
}

/** Of an action that has changed the digest tells; of one that has not, what else is shown by now. */
function checkShown(review: ReviewDetail, view: string | undefined, command: string): void {
  if (view === undefined || review.view.digest.startsWith(view.toLowerCase())) return;
  const effect =
    review.effect === null ? "" : ` Its effect is ${visible(effectText(review.effect))}.`;
  const message = `What is shown of it is no longer what you looked at.${effect} Look at it again: \`${command} show ${visible(review.id)}\`.`;
  throw new CliError("cli.view_changed", message);
}

/** Who is there is shown what they approve, unless they say what they were shown, or that they don't want to be. */
async function askFor(
  review: ReviewDetail,
  { terminal, now, command, input }: Context,
  { digest, view, json, yes }: VerdictOptions,
): Promise<boolean> {
  const isSaid = digest !== undefined || view !== undefined || json === true || yes === true;
  if (isSaid || input.ask === null) return false;
  const showAll = showAllText(review, command);
  terminal.out(presentReview(review, now(), terminal, { showAll }));
  const answer = await input.ask("\nApprove this? [y/N] ");
  if (/^y(es)?$/i.test(answer.trim())) return true;
  terminal.out("\n");
  throw new CliError("cli.not_confirmed", "Nothing was decided.");
}

export function checkJudged(
  review: ReviewDetail,
  verdict: VerdictKind,
  judged: string | undefined,
  command: string,
): void {
  const isDigest = judged !== undefined && !review.view.digest.startsWith(judged.toLowerCase());
  if (isDigest && !review.digest.startsWith(judged.toLowerCase())) {
    const message = `The action has changed: its digest is now ${review.digest}. Look at it again.`;
    throw new CliError("cli.digest_mismatch", message);
  }
  if (judged === undefined && verdict === "approve" && !isShownWhole(review)) {
    const message = `More would run than is shown unasked. Read all of it with \`${showAllText(review, command)}\`, and approve it with the --view that stands at its end.`;
    throw new CliError("cli.digest_required", message);
  }
}

/** Sent again, once, where no answer came: the key keeps it one verdict. */
async function giveVerdict(
  client: Client,
  id: string,
  request: VerdictRequest,
): Promise<VerdictAnswer> {
  const key = crypto.randomUUID();
  try {
    return await client.giveVerdict(id, request, key);
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== "client.unreachable") throw error;
    return await client.giveVerdict(id, request, key);
  }
}

/** Where the review stands now, and what is still missing. */
function afterText(verdict: VerdictKind, { state }: VerdictAnswer, review: ReviewDetail): string {
  switch (state) {
    case "pending":
      return `Your approval counts. It runs once these approve too: ${missingText(review.quorum)}.`;
    case "approved":
      return `Approved. ${nextText(review)}`;
    case "denied":
      return `Denied. It does not run; ${visible(review.principal.name)} is told why.`;
    case "changes_requested":
      return `Changes requested. It does not run; ${visible(review.principal.name)} is told what to change, and what it sends then is a new review.`;
    case "expired":
    case "cancelled":
    case "voided":
      return `Your verdict (${stateText(verdict)}) is on record; the review is ${stateText(state)}.`;
  }
}

export function nextText(review: ReviewDetail): string {
  const { execution, attached, facts } = review;
  if (execution !== null) return `The action ${outcomeText(review, execution)}.`;
  if (attached) return "The session that waits runs it now.";
  const again = facts.family === "mcp" ? "call, made" : "statement, sent";
  return `No session waits for it now; the same ${again} again in time, picks it up and runs.`;
}

/** From what a person typed to the one review that they mean: its id, its action's, or a beginning. */
import type { Client } from "@countersign/sdk/client";
import type { ReviewSummary } from "@countersign/sdk/wire/review";
import type { Context } from "./context.ts";
import { CliError } from "./failure.ts";

/** What the review is for: to decide on, among those that wait; to look at; or to prove its action. */
export type Purpose = "decide" | "look" | "prove";

const wholeId = /^rev_[0-9a-z]{26}$/;
const partOfId = /^(rev_)?[0-9a-z]{1,26}$/;
const wholeActionId = /^act_[0-9a-z]{26}$/;
const partOfActionId = /^act_[0-9a-z]{0,26}$/;
/** So many reviews, newest first, are looked through for an action or a part of an id. */
const searchedMax = 1000;
const namedMax = 5;

export function isActionId(typed: string): boolean {
  return wholeActionId.test(normal(typed));
}

export function namesAction(typed: string): boolean {
  return partOfActionId.test(normal(typed));
}

/** Takes an id, or the beginning of one, `rev_` or not, if it is the only one; an action's stands for its review. */
export async function resolveReview(
  { command }: Pick<Context, "command">,
  client: Client,
  typed: string,
  purpose: Purpose,
): Promise<string> {
  const text = normal(typed);
  if (wholeId.test(text)) return text;
  const isAction = namesAction(text);
  if (!isAction && !partOfId.test(text)) throw notAnId(typed, purpose);
  const prefix = isAction || text.startsWith("rev_") ? text : `rev_${text}`;
  const found = await findByPrefix(client, prefix, purpose);
  const [only, ...others] = found;
  if (only === undefined) throw unknownId(prefix, purpose, command);
  if (others.length > 0) {
    const named = `${found.slice(0, namedMax).join(", ")}${found.length > namedMax ? ", …" : ""}`;
    throw new CliError("cli.ambiguous_id", `Several ids begin with ${prefix}: ${named}`);
  }
  return only;
}

async function findByPrefix(
  client: Client,
  prefix: string,
  purpose: Purpose,
): Promise<readonly string[]> {
  const idOf = ({ id, actionId }: ReviewSummary) => (prefix.startsWith("act_") ? actionId : id);
  const found: string[] = [];
  let searched = 0;
  for (let cursor: string | null = ""; cursor !== null && searched < searchedMax; ) {
    const { items, next } = await client.reviews({
      ...(purpose === "decide" ? { state: "pending" } : {}),
      ...(cursor === "" ? {} : { cursor }),
    });
    found.push(...items.filter((item) => idOf(item).startsWith(prefix)).map(({ id }) => id));
    searched += items.length;
    cursor = next;
  }
  return found;
}

function normal(typed: string): string {
  return typed.trim().toLowerCase();
}

function notAnId(typed: string, purpose: Purpose): CliError {
  const taken =
    purpose === "prove"
      ? "the id of an action or a review, such as act_01k… or rev_01k…"
      : "the id of a review, such as rev_01k…";
  return new CliError("cli.usage", `"${typed}" is not ${taken}.`);
}

function unknownId(prefix: string, purpose: Purpose, command: string): CliError {
  if (!prefix.startsWith("act_")) {
    const whose = { decide: "review that waits", look: "review", prove: "action or review" }[
      purpose
    ];
    const list = purpose === "decide" ? "inbox" : "inbox --state all";
    return new CliError(
      "cli.unknown_id",
      `No ${whose} has an id that begins with ${prefix}. \`${command} ${list}\` lists them.`,
    );
  }
  const searched = purpose === "decide" ? "that wait" : `among the newest ${searchedMax}`;
  const proof = wholeActionId.test(prefix)
    ? ` \`${command} log proof ${prefix}\` has what is on record of it.`
    : "";
  return new CliError(
    "cli.unknown_id",
    `${prefix} names an action, and none of the reviews ${searched} belongs to it; most actions need none.${proof}`,
  );
}

/** From what a person typed to the one review that they mean. */
import type { Client } from "@countersign/sdk/client";
import type { ReviewState } from "@countersign/sdk/wire";
import { CliError } from "./failure.ts";

const wholeId = /^rev_[0-9a-z]{26}$/;
const partOfId = /^(rev_)?[0-9a-z]{1,26}$/;
/** So many reviews, newest first, are looked through for a part of an id. */
const searchedMax = 1000;
const namedMax = 5;

/** Takes an id, or the beginning of one with or without `rev_`, if it is the only one in `state`. */
export async function resolveReview(
  client: Client,
  typed: string,
  state: ReviewState | null,
): Promise<string> {
  const text = typed.trim().toLowerCase();
  if (wholeId.test(text)) return text;
  if (!partOfId.test(text)) {
    throw new CliError("cli.usage", `"${typed}" is not the id of a review, such as rev_01k….`);
  }
  const prefix = text.startsWith("rev_") ? text : `rev_${text}`;
  const found = await findByPrefix(client, prefix, state);
  const [only, ...others] = found;
  if (only === undefined) {
    const where = state === "pending" ? "No review that waits" : "No review";
    throw new CliError("cli.unknown_id", `${where} has an id that begins with ${prefix}.`);
  }
  if (others.length > 0) {
    const named = `${found.slice(0, namedMax).join(", ")}${found.length > namedMax ? ", …" : ""}`;
    throw new CliError("cli.ambiguous_id", `Several ids begin with ${prefix}: ${named}`);
  }
  return only;
}

async function findByPrefix(
  client: Client,
  prefix: string,
  state: ReviewState | null,
): Promise<readonly string[]> {
  const found: string[] = [];
  let searched = 0;
  for (let cursor: string | null = ""; cursor !== null && searched < searchedMax; ) {
    const { items, next } = await client.reviews({
      ...(state === null ? {} : { state }),
      ...(cursor === "" ? {} : { cursor }),
    });
    found.push(...items.map(({ id }) => id).filter((id) => id.startsWith(prefix)));
    searched += items.length;
    cursor = next;
  }
  return found;
}

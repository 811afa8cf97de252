/**
 * `reveal`: shows what stands masked in one field of a review, to who may see it.
 *
 * Guarantees that the value goes to standard output alone: it is kept nowhere, and no message repeats it.
 */
import { safeJson, visible, visibleLines } from "@countersign/sdk/visible";
import type { Context } from "../context.ts";
import { type ExitCode, exitCodes } from "../failure.ts";
import { type GatewayOptions, withGateway } from "../gateway.ts";
import { resolveReview } from "../review-id.ts";

export interface RevealOptions extends GatewayOptions {
  readonly json?: boolean;
}

export function reveal(
  context: Context,
  id: string,
  field: string,
  options: RevealOptions,
): Promise<ExitCode> {
  const { terminal } = context;
  return withGateway(context, options, async ({ client }) => {
    const review = await client.review(await resolveReview(context, client, id, "look"));
    const answer = await client.reveal(review.id, { digest: review.digest, field });
    if (options.json === true) {
      terminal.out(`${safeJson(answer)}\n`);
      return exitCodes.done;
    }
    terminal.out(`${visibleLines(answer.text).join("\n")}\n`);
    const kinds = answer.entities.map(visible).join(", ");
    terminal.err(`It is on record that you have seen ${visible(answer.field)} (${kinds}).\n`);
    return exitCodes.done;
  });
}

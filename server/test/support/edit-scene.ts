/** Edits of what waits in an agent's session, under rules by which reads run and the rest waits. */
import type { TestContext } from "node:test";
import { Client } from "pg";
import type { ErrorCode } from "#/core/errors.ts";
import type { PersonId } from "#/core/ids.ts";
import type { Review } from "#/core/review.ts";
import { nothingMasked } from "#/enforcement/conformance/stage.ts";
import { override } from "#/enforcement/override.ts";
import type { BackendMessage } from "#/proxies/postgres/wire/backend-messages.ts";
import type { Overridden, OverrideInput } from "#/review/override.ts";
import type { Scene } from "./agent-scene.ts";
import { agentToken } from "./postgres-gateway.ts";
import { inShort } from "./wire-client.ts";

export const writesWait = (quorum: string, more = "") => `
  @id("reads-run") @reason("Reads run.")
  permit (principal, action == Countersign::Action::"sql.read", resource);
  @id("the-rest-waits") @review("${quorum}") @reason("It waits.")
  permit (principal, action, resource) unless { action == Countersign::Action::"sql.read" };
  @id("never-drop") @reason("Nothing is dropped.")
  forbid (principal, action, resource)
  when { context has kinds && context.kinds.containsAny(["drop_table", "truncate"]) };
  ${more}`;

export function edit(
  { stage }: Scene,
  review: Review,
  who: string,
  changes: Partial<OverrideInput>,
): Promise<Overridden> {
  return override(
    review.id,
    {
      person: `per_${who}` as PersonId,
      assurance: "session",
      vouchers: [],
      digest: review.digest,
      command: review.action.command,
      parameters: null,
      shown: nothingMasked(review),
      comment: "Only that one.",
      idempotencyKey: `${who}/${review.version}`,
      ...changes,
    },
    stage.deps,
  );
}

export const refusedWith = (code: ErrorCode, words = /./) => ({ code, message: words });

/** A client as agents use it, with the notices that it got. */
export async function connectPg(context: TestContext, { gateway }: Scene) {
  const { host, port, user, database } = gateway.login;
  const client = new Client({ host, port, user, database, password: agentToken });
  client.on("error", () => {});
  const notices: {
    readonly code: string | undefined;
    readonly message: string | undefined;
    readonly detail: string | undefined;
  }[] = [];
  client.on("notice", ({ code, message, detail }) => notices.push({ code, message, detail }));
  await client.connect();
  context.after(() => client.end().catch(() => {}));
  return { client, notices };
}

export async function ended({ stage }: Scene, { id }: Review): Promise<Review> {
  return stage.until(() => {
    const review = stage.reviews.get(id);
    return typeof review?.execution?.finishedAt === "number" && review;
  });
}

/** Without the notices: whether a client hears of an edit before it is approved, or only then, is a matter of moments. */
export function answered(messages: readonly BackendMessage[]): readonly string[] {
  return inShort(messages).filter((each) => !each.startsWith("notice"));
}

/**
 * A reviewer's edit, in two steps: written, and looked at as a difference.
 *
 * Guarantees that nothing is sent but from the difference to what is on the screen, and that whatever fails
 * leaves what was typed.
 */
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { KeyboardEvent } from "react";
import { useApi } from "../api/api-context.tsx";
import { toolQuery } from "../api/queries.ts";
import { isProduction } from "../review/decidable.ts";
import barStyles from "../review/decision-bar.module.css";
import { verdictFailure } from "../review/use-verdict.ts";
import { ShownText } from "../text/shown-text.tsx";
import { EditDifference } from "./edit-difference.tsx";
import { draftProblem, overrideOf } from "./edit-draft.ts";
import { EditForm } from "./edit-form.tsx";
import type { Editing } from "./use-editing.ts";

export function EditReview({
  review,
  editing,
  obstacle,
}: {
  /** As it is on the screen. */
  readonly review: ReviewDetail;
  readonly editing: Editing;
  /** Why no edit can be sent now. */
  readonly obstacle: string | null;
}) {
  const { draft, isSending, failure } = editing;
  const isDifference = editing.step(review) === "difference";
  const api = useApi();
  const { facts, connection } = review;
  const { data: tool } = useQuery({
    ...toolQuery(api, connection, facts.family === "mcp" ? facts.name : ""),
    enabled: facts.family === "mcp" && facts.method === "tools/call",
  });
  const schema = tool?.offered.content["inputSchema"];
  const problem = obstacle ?? draftProblem(draft, review, schema);
  const hint = failure === null ? hints[isDifference ? "difference" : "edit"] : hints.failed;
  const goOn = () => {
    if (problem !== null || isSending) return;
    if (isDifference) editing.send(review, overrideOf(draft, review));
    else editing.showDifference(review);
  };
  const goBack = () => {
    if (isSending) return;
    if (isDifference) editing.edit();
    else editing.close();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.repeat) return;
    if (event.key === "Escape") goBack();
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    goOn();
  };
  return (
    <form
      noValidate
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        goOn();
      }}
    >
      {isDifference ? (
        <EditDifference draft={draft} review={review} />
      ) : (
        <EditForm draft={draft} review={review} onDraft={editing.change} />
      )}
      <section className={barStyles.bar} aria-label="Editing">
        <div className={barStyles.inner}>
          {failure !== null && (
            <p role="alert" className={barStyles.failure}>
              <ShownText text={verdictFailure(failure)} />
            </p>
          )}
          <div className={barStyles.choices}>
            <p id="edit-hint" className={barStyles.why} role="status">
              {isDifference && isProduction(review.environment) && (
                <strong className={barStyles.loud}>This is production. </strong>
              )}
              <ShownText text={problem ?? hint} />
              {problem === null && !isDifference && (
                <span className={barStyles.keyHint}> Ctrl Enter or Cmd Enter goes on.</span>
              )}
            </p>
            <div className={barStyles.buttons} data-pair>
              <Button
                className={barStyles.button}
                variant="default"
                disabled={isSending}
                onClick={goBack}
              >
                {isDifference ? "Go on editing" : "Close"}
              </Button>
              <Button
                className={barStyles.button}
                data-approve
                type="submit"
                disabled={problem !== null && !isSending}
                loading={isSending}
                aria-describedby="edit-hint"
              >
                {isDifference ? "Send the edit" : "See the difference"}
              </Button>
            </div>
          </div>
        </div>
      </section>
    </form>
  );
}

const hints = {
  edit: "Nothing is sent yet.",
  difference: "Nothing is sent yet. Once it is approved, your edit runs instead.",
  failed: "What you typed is still here.",
};

/** How much it would touch, how that is known and since when. No term of the review: it changes under a reader. */
import { ClientError } from "@countersign/sdk/client";
import { effectText, exceedsLimit, rowLimitText } from "@countersign/sdk/effect-text";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useApi } from "../api/api-context.tsx";
import { keys } from "../api/queries.ts";
import { SteadyButton } from "../shell/steady-button.tsx";
import { Ago } from "../text/ago.tsx";
import { ShownText } from "../text/shown-text.tsx";
import styles from "./review.module.css";

export function EffectRow({ review }: { readonly review: ReviewDetail }) {
  const { effect, mayPreview } = review;
  if (effect === null) return null;
  return (
    <div data-loud={effect.basis === "unknown" || undefined}>
      <dt>Effect</dt>
      <dd className={styles.effect}>
        <span>
          <ShownText text={effectText(effect)} />
          {effect.basis !== "unknown" && (
            <>
              {" "}
              <span className={styles.quiet}>
                <Ago at={effect.at} />
              </span>
            </>
          )}
        </span>
        {mayPreview && <Refresh review={review} />}
        {effect.caveat !== null && (
          <span className={styles.effectCaveat}>
            <ShownText text={effect.caveat} />
          </span>
        )}
      </dd>
    </div>
  );
}

/** How many rows it may touch. Its own row: what it would touch and what it may are two things. */
export function RowLimitRow({ review: { rowLimit, effect } }: { readonly review: ReviewDetail }) {
  if (rowLimit === null) return null;
  const isExceeded = exceedsLimit(effect, rowLimit);
  return (
    <div data-loud={isExceeded || undefined}>
      <dt>Row limit</dt>
      <dd>
        <ShownText text={capitalised(rowLimitText(rowLimit))} />
        {isExceeded ? ": as measured, it would be undone." : "."}
      </dd>
    </div>
  );
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function Refresh({ review: { id, digest } }: { readonly review: ReviewDetail }) {
  const { client } = useApi();
  const queries = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => client.preview(id, { digest }),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.review(id) }),
  });
  return (
    <>
      <SteadyButton variant="default" isBusy={isPending} onClick={() => mutate()}>
        {isPending ? "Measuring …" : "Measure again"}
      </SteadyButton>
      <span role="status" className={styles.effectCaveat}>
        {error !== null && (
          <ShownText
            text={error instanceof ClientError ? error.message : "It could not be measured."}
          />
        )}
      </span>
    </>
  );
}

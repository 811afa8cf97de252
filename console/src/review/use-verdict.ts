/** Gives a verdict on what is on the screen. */
import { ClientError } from "@countersign/sdk/client";
import type { ReviewDetail, VerdictKind } from "@countersign/sdk/wire/review";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useApi } from "../api/api-context.tsx";
import { keys } from "../api/queries.ts";
import { useAttemptKey } from "./use-attempt-key.ts";

export interface GivenWords {
  readonly verdict: VerdictKind;
  readonly comment: string;
  /** Of an approval; null: the gateway takes what was measured, or what its rules say. */
  readonly maxRows: number | null;
  /** The review as it was on the screen. */
  readonly about: ReviewDetail;
}

export function useVerdict(reviewId: string, onGiven: () => void) {
  const { client } = useApi();
  const queries = useQueryClient();
  const keyOf = useAttemptKey();

  return useMutation({
    mutationFn({ verdict, comment, maxRows, about }: GivenWords) {
      const request = {
        verdict,
        digest: about.digest,
        comment: comment.trim() === "" ? null : comment.trim(),
        maxRows,
        viewDigest: about.view.digest,
      };
      return client.giveVerdict(about.id, request, keyOf(request));
    },
    // Not where it is called: the bar may be gone before the answer is there.
    onSuccess: onGiven,
    onSettled: () => queries.invalidateQueries({ queryKey: keys.review(reviewId) }),
  });
}

export function verdictFailure(error: Error): string {
  if (!(error instanceof ClientError)) return "The console has met an unexpected error.";
  if (error.code === "client.unreachable") {
    return "No answer came back. Sending it again is safe: it counts once.";
  }
  return error.message;
}

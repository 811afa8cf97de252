/** Gives a verdict on what is on the screen. */
import { ClientError } from "@countersign/sdk/client";
import type { ReviewDetail, VerdictKind } from "@countersign/sdk/wire";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { useApi } from "../api/api-context.tsx";
import { keys } from "../api/queries.ts";

export interface GivenWords {
  readonly verdict: VerdictKind;
  readonly comment: string;
}

export function useVerdict(shown: ReviewDetail, onGiven: () => void) {
  const { client } = useApi();
  const queries = useQueryClient();
  const attempt = useRef({ of: "", key: "" });

  return useMutation({
    mutationFn({ verdict, comment }: GivenWords) {
      const request = {
        verdict,
        digest: shown.digest,
        comment: comment.trim() === "" ? null : comment.trim(),
      };
      // The same words again are the same verdict: an answer that was lost is given again.
      const of = JSON.stringify(request);
      if (attempt.current.of !== of) attempt.current = { of, key: newKey() };
      return client.giveVerdict(shown.id, request, attempt.current.key);
    },
    // Not where it is called: the bar may be gone before the answer is there.
    onSuccess: onGiven,
    onSettled: () => queries.invalidateQueries({ queryKey: keys.review(shown.id) }),
  });
}

/** `crypto.randomUUID` is missing where the page came without TLS from another machine. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

export function verdictFailure(error: Error): string {
  if (!(error instanceof ClientError)) return "The console has met an unexpected error.";
  if (error.code === "client.unreachable") {
    return "No answer came back. Sending it again is safe: it counts once.";
  }
  return error.message;
}

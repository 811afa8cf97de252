/** The editor of a review: what was typed, how far it came, and the edit that was sent. */
import type { GivenOverride, ReviewDetail } from "@countersign/sdk/wire/review";
import type { OverrideRequest } from "@countersign/sdk/wire/verdict";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../api/api-context.tsx";
import { keys, statusQuery } from "../api/queries.ts";
import { useAttemptKey } from "../review/use-attempt-key.ts";
import { type EditDraft, emptyDraft, isUnsent } from "./edit-draft.ts";
import { foundEdit, isOwnEdit, type SentEdit } from "./own-edit.ts";

export interface Editing {
  /** A difference is one to a digest: to what waits instead by now, it has to be looked at anew. */
  readonly step: (shown: ReviewDetail) => "closed" | "edit" | "difference";
  readonly draft: EditDraft;
  readonly change: (draft: EditDraft) => void;
  readonly open: (shown: ReviewDetail) => void;
  readonly showDifference: (shown: ReviewDetail) => void;
  readonly edit: () => void;
  /** What was typed stays for the next time. */
  readonly close: () => void;
  readonly send: (shown: ReviewDetail, request: OverrideRequest) => void;
  readonly isSending: boolean;
  readonly failure: Error | null;
  readonly isOwn: (shown: ReviewDetail, latest: ReviewDetail) => boolean;
  /** This page's own edit, once the review has it. */
  readonly own: (shown: ReviewDetail) => GivenOverride | null;
  /** Something was typed that the review does not have. */
  readonly isUnsent: (shown: ReviewDetail) => boolean;
}

type Step =
  | { readonly kind: "closed" }
  | { readonly kind: "edit" }
  | { readonly kind: "difference"; readonly digest: string };

export function useEditing(): Editing {
  const { client, background } = useApi();
  const queries = useQueryClient();
  const { data: status } = useQuery(statusQuery(background));
  const keyOf = useAttemptKey();
  const [step, setStep] = useState<Step>({ kind: "closed" });
  const [draft, setDraft] = useState(emptyDraft);
  const [sent, setSent] = useState<(SentEdit & { readonly draft: EditDraft }) | null>(null);
  const override = useMutation({
    mutationFn: ({ id, request }: { readonly id: string; readonly request: OverrideRequest }) =>
      client.override(id, request, keyOf({ id, request })),
    onSuccess() {
      setDraft(emptyDraft);
      setStep({ kind: "closed" });
    },
    onSettled: (_answer, _error, { id }) =>
      queries.invalidateQueries({ queryKey: keys.review(id) }),
  });
  // What has been typed since is another edit.
  const hasOwn = (shown: ReviewDetail) => draft === sent?.draft && foundEdit(shown, sent) !== null;
  const go = (next: Step) => {
    override.reset();
    setStep(next);
  };
  return {
    step(shown) {
      // The review may have it before the answer is there, or without one.
      if (hasOwn(shown)) return "closed";
      if (step.kind !== "difference") return step.kind;
      return step.digest === shown.digest ? "difference" : "edit";
    },
    draft,
    change: setDraft,
    open(shown) {
      if (hasOwn(shown)) setDraft(emptyDraft);
      go({ kind: "edit" });
    },
    showDifference: ({ digest }) => go({ kind: "difference", digest }),
    edit: () => go({ kind: "edit" }),
    close: () => go({ kind: "closed" }),
    send({ id, revision }, request) {
      const person = status?.caller.name ?? null;
      setSent(person === null ? null : { person, revision, request, draft });
      override.mutate({ id, request });
    },
    isSending: override.isPending,
    failure: override.error,
    isOwn: (shown, latest) => isOwnEdit(shown, latest, sent),
    own: (shown) => foundEdit(shown, sent),
    isUnsent: (shown) => isUnsent(draft) && !hasOwn(shown),
  };
}

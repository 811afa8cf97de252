/**
 * Shows a reader what is masked, one field at a time.
 *
 * What was revealed is kept in this page's memory alone, and of the action that is on the screen: neither the queries'
 * cache nor the browser's storage ever has it.
 */
import { ClientError } from "@countersign/sdk/client";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../api/api-context.tsx";
import { keys } from "../api/queries.ts";
import { useAnnounce } from "../shell/announcer.tsx";

export interface Revealing {
  /** As it was sent; undefined where it is not on the screen. */
  readonly shown: (field: string) => string | undefined;
  readonly reveal: (field: string) => void;
  readonly hide: (field: string) => void;
  readonly busy: string | null;
  readonly failure: { readonly field: string; readonly text: string } | null;
}

interface Kept {
  readonly digest: string;
  readonly texts: ReadonlyMap<string, string>;
}

export function useReveal({ id, digest }: Pick<ReviewDetail, "id" | "digest">): Revealing {
  const { client } = useApi();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const [kept, setKept] = useState<Kept>({ digest, texts: new Map() });
  const texts = kept.digest === digest ? kept.texts : new Map<string, string>();
  const change = (about: string, field: string, text: string | null) =>
    setKept((before) => {
      const changed = new Map(before.digest === about ? before.texts : []);
      if (text === null) changed.delete(field);
      else changed.set(field, text);
      return { digest: about, texts: changed };
    });
  const { mutate, isPending, variables, error } = useMutation({
    mutationFn: (asked: { readonly field: string; readonly digest: string }) =>
      client.reveal(id, asked),
    gcTime: 0,
    onSuccess(answer) {
      change(answer.digest, answer.field, answer.text);
      announce("Revealed. It is on record that you have seen it.");
    },
    // What was revealed is part of what a verdict names.
    onSettled: () => queries.invalidateQueries({ queryKey: keys.review(id) }),
  });
  return {
    shown: (field) => texts.get(field),
    reveal: (field) => mutate({ field, digest }),
    hide: (field) => change(digest, field, null),
    busy: isPending ? variables.field : null,
    failure:
      error === null || variables === undefined
        ? null
        : { field: variables.field, text: failureText(error) },
  };
}

function failureText(error: Error): string {
  if (!(error instanceof ClientError)) return "The console has met an unexpected error.";
  if (error.code === "client.unreachable") {
    return "No answer came back. It may be on record that you asked for it.";
  }
  return error.message;
}

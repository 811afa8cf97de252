import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { keys } from "../api/queries.ts";
import { useNow } from "../text/clock.tsx";

/** Turns true on the screen when the time is up, and asks the gateway what it has made of it. */
export function useDue({ id, state, expiresAt }: ReviewDetail): boolean {
  const queries = useQueryClient();
  const now = useNow(1_000);
  const isDue = state === "pending" && now >= Date.parse(expiresAt);
  useEffect(() => {
    if (isDue) void queries.invalidateQueries({ queryKey: keys.review(id) });
  }, [id, isDue, queries]);
  return isDue;
}

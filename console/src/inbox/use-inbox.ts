/** The inbox's rows, live. */
import type { Client } from "@countersign/sdk/client";
import type { Page } from "@countersign/sdk/wire/page";
import type { ReviewSummary } from "@countersign/sdk/wire/review";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { useApi } from "../api/api-context.tsx";
import { useLive } from "../api/live.tsx";
import { keys } from "../api/queries.ts";
import { type InboxEvent, type InboxRows, isWaiting, nextRows, type Queue } from "./inbox-rows.ts";

const pageItems = 50;
/** Of those that left the queue; what became of more is seen when they are opened. */
const lookedAtMax = 20;
const refreshGapMs = 500;
/** Pages read in a row to find one that holds something of the queue. */
const pagesMax = 5;

export function useInbox(queue: Queue) {
  const { background, client } = useApi();
  const { onChanges } = useLive();
  const queries = useQueryClient();
  const key = useMemo(() => [...keys.inbox, queue], [queue]);
  const hasEntered = useRef<Queue | null>(null);

  const apply = useCallback(
    (event: InboxEvent) =>
      queries.setQueryData<InboxRows>(key, (before) =>
        before === undefined ? before : nextRows(queue, before, event),
      ),
    [key, queries, queue],
  );

  const inbox = useQuery({
    queryKey: key,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnMount: "always",
    async queryFn() {
      // Coming here is what a person does; what follows is not.
      const isEntering = hasEntered.current !== queue;
      const page = await readPage(isEntering ? client : background, queue, null);
      // Whoever comes back finds everything in its place.
      const before = isEntering ? undefined : queries.getQueryData<InboxRows>(key);
      hasEntered.current = queue;
      const left = (before?.rows ?? []).filter((row) => hasLeft(queue, row, page));
      const looked = await Promise.all(
        left.slice(0, lookedAtMax).map(({ id }) => background.review(id).catch(() => null)),
      );
      // Read again: another event may have come in between.
      const current = before === undefined ? undefined : queries.getQueryData<InboxRows>(key);
      return looked.reduce(
        (rows, review) =>
          review === null ? rows : nextRows(queue, rows, { kind: "changed", review }),
        nextRows(queue, current, { kind: "refreshed", page }),
      );
    },
  });

  const { refetch } = inbox;
  useEffect(() => {
    let isRunning = false;
    let isAskedAgain = false;
    const refresh = async () => {
      if (isRunning) {
        isAskedAgain = true;
        return;
      }
      isRunning = true;
      do {
        // What is being read already may have been read before it changed.
        isAskedAgain = queries.isFetching({ queryKey: key, exact: true }) > 0;
        await refetch();
        // Where many change at once, once for all of them.
        await new Promise((resolve) => setTimeout(resolve, refreshGapMs));
      } while (isAskedAgain);
      isRunning = false;
    };
    return onChanges(() => void refresh());
  }, [key, onChanges, queries, refetch]);

  const more = useMutation({
    async mutationFn(cursor: string) {
      apply({ kind: "continued", page: await readPage(client, queue, cursor) });
    },
  });
  return { ...inbox, more, reveal: () => apply({ kind: "revealed" }) };
}

/** The API knows states; "decided" is all but one of them. */
async function readPage(
  client: Client,
  queue: Queue,
  from: string | null,
): Promise<Page<ReviewSummary>> {
  let cursor = from;
  for (let read = 1; ; read += 1) {
    const page = await client.reviews({
      limit: pageItems,
      ...(queue === "waiting" ? { state: "pending" } : {}),
      ...(cursor === null ? {} : { cursor }),
    });
    const items = queue === "waiting" ? page.items : page.items.filter((row) => !isWaiting(row));
    if (items.length > 0 || page.next === null || read === pagesMax) {
      return { items, next: page.next };
    }
    cursor = page.next;
  }
}

function hasLeft(queue: Queue, row: ReviewSummary, page: Page<ReviewSummary>): boolean {
  if (queue === "decided" || !isWaiting(row)) return false;
  const last = page.next === null ? "" : (page.items.at(-1)?.id ?? "");
  return row.id > last && !page.items.some(({ id }) => id === row.id);
}

/**
 * The history's pages as they were read: nothing moves under the reader's eyes, and what they have loaded is
 * still there when they come back. Whoever comes with one page finds it fresh.
 */

import { type InfiniteData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo } from "react";
import { useApi } from "../api/api-context.tsx";
import { actionsQuery, type HistoryPage, statusQuery } from "../api/queries.ts";
import { loadedHistory } from "./history-pages.ts";
import { type HistorySearch, historyFilter } from "./history-search.ts";

/** A page that is younger is not read again when one comes back to it. */
const freshMs = 5_000;

type Pages = InfiniteData<HistoryPage, string | null>;

export function useHistory(search: HistorySearch) {
  const { client, background } = useApi();
  const queries = useQueryClient();
  const options = actionsQuery(client, historyFilter(search), async () => {
    const status = await queries.ensureQueryData(statusQuery(background)).catch(() => null);
    return status?.log.size ?? null;
  });
  const history = useInfiniteQuery({
    ...options,
    staleTime: "static",
    placeholderData: (before) => before,
  });
  const { data, refetch, isPlaceholderData } = history;
  const loaded = useMemo(
    () => (data === undefined ? undefined : loadedHistory(data.pages)),
    [data],
  );

  const key = JSON.stringify(options.queryKey);
  const refresh = useCallback(async () => {
    const queryKey = JSON.parse(key) as readonly unknown[];
    queries.setQueryData<Pages>(queryKey, (before) =>
      before === undefined
        ? before
        : { pages: before.pages.slice(0, 1), pageParams: before.pageParams.slice(0, 1) },
    );
    await refetch();
  }, [key, queries, refetch]);

  useEffect(() => {
    const queryKey = JSON.parse(key) as readonly unknown[];
    const state = queries.getQueryState<Pages>(queryKey);
    const isOld = state !== undefined && Date.now() - state.dataUpdatedAt > freshMs;
    if (isOld && state.data?.pages.length === 1) void refetch();
  }, [key, queries, refetch]);

  return { ...history, loaded, refresh, isOther: isPlaceholderData };
}

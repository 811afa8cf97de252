/** All actions, newest first, as they were decided: also those that nobody was asked about. */
import { useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useRef } from "react";
import list from "../inbox/inbox.module.css";
import { useAnnounce } from "../shell/announcer.tsx";
import { useKeys } from "../shell/keyboard.tsx";
import { failureText } from "../shell/page-failure.tsx";
import { PageHeading } from "../shell/page-heading.tsx";
import { SteadyButton } from "../shell/steady-button.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { clockTime, dateTime } from "../text/times.ts";
import styles from "./history.module.css";
import { HistoryEnd } from "./history-end.tsx";
import { HistoryFilters } from "./history-filters.tsx";
import { HistoryRow } from "./history-row.tsx";
import { parseHistorySearch } from "./history-search.ts";
import { useHistory } from "./use-history.ts";

export function HistoryPage() {
  const given = useSearch({ from: "/history" });
  // The router passes on what the address holds beside what it has checked.
  const search = useMemo(() => parseHistorySearch({ ...given }), [given]);
  const history = useHistory(search);
  const { loaded, isFetching, isFetchingNextPage, isOther, dataUpdatedAt, refresh } = history;
  const rows = useRef<HTMLOListElement>(null);
  useKeys({ j: () => focusRow(rows.current, 1), k: () => focusRow(rows.current, -1) });
  useAnnounced(isOther || loaded === undefined ? null : loaded.actions.length);
  return (
    <>
      <div className={list.top}>
        <PageHeading title="History" />
        <div className={styles.asOf}>
          {loaded !== undefined && (
            <time dateTime={new Date(dataUpdatedAt).toISOString()} title={dateTime(dataUpdatedAt)}>
              As of {clockTime(dataUpdatedAt)}
            </time>
          )}
          <SteadyButton
            variant="default"
            isBusy={isFetching && !isFetchingNextPage}
            onClick={() => void refresh()}
          >
            Refresh
          </SteadyButton>
        </div>
      </div>
      <HistoryFilters search={search} />
      {history.isPending && <Loading />}
      {history.isLoadingError && (
        <div role="alert" className={list.empty}>
          <h2>The history can’t be read</h2>
          <p>
            <ShownText text={failureText(history.error)} />
          </p>
          <SteadyButton variant="default" isBusy={isFetching} onClick={() => void refresh()}>
            Try again
          </SteadyButton>
        </div>
      )}
      {loaded !== undefined && (
        <div aria-busy={isOther} className={styles.results} data-old={isOther || undefined}>
          {loaded.actions.length > 0 && (
            <ol ref={rows} className={`${list.rows} ${styles.rows}`}>
              {loaded.actions.map((action) => (
                <HistoryRow key={action.id} action={action} />
              ))}
            </ol>
          )}
          <HistoryEnd
            loaded={loaded}
            search={search}
            pages={history.data?.pages ?? []}
            isLoading={isFetchingNextPage}
            hasFailed={history.isFetchNextPageError}
            onMore={() => void history.fetchNextPage()}
          />
        </div>
      )}
    </>
  );
}

function Loading() {
  return (
    <div role="status" aria-label="The history is loading" className={list.rows}>
      {["first", "second", "third", "fourth"].map((row) => (
        <div key={row} className={list.row} aria-hidden="true">
          <div className={list.what}>
            <span className={list.bar} data-wide />
            <span className={list.bar} />
            <span className={list.bar} data-short />
          </div>
        </div>
      ))}
    </div>
  );
}

/** How many there are, whenever that changes. */
function useAnnounced(count: number | null): void {
  const announce = useAnnounce();
  const before = useRef<number | null>(null);
  useEffect(() => {
    if (count === null) return;
    if (before.current !== null && before.current !== count) {
      announce(count === 1 ? "1 action is shown." : `${count} actions are shown.`);
    }
    before.current = count;
  }, [announce, count]);
}

function focusRow(rows: HTMLOListElement | null, step: 1 | -1): void {
  const links = [...(rows?.querySelectorAll<HTMLAnchorElement>("a[data-row]") ?? [])];
  const at = links.findIndex((link) => link === document.activeElement);
  (at === -1 ? links[0] : links[at + step])?.focus();
}

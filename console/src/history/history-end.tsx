/** What stands below the last row: how far back one has looked, and the way further. */
import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import type { HistoryPage } from "../api/queries.ts";
import { SteadyButton } from "../shell/steady-button.tsx";
import styles from "./history.module.css";
import { type LoadedHistory, reachText } from "./history-pages.ts";
import { activeFilters, type HistorySearch } from "./history-search.ts";

export function HistoryEnd({
  loaded: { actions, reach },
  search,
  pages,
  isLoading,
  hasFailed,
  onMore,
}: {
  readonly loaded: LoadedHistory;
  readonly search: HistorySearch;
  readonly pages: readonly HistoryPage[];
  readonly isLoading: boolean;
  readonly hasFailed: boolean;
  readonly onMore: () => void;
}) {
  const isAll = reach.kind === "everything";
  const isEmptyPage = pages.at(-1)?.items.length === 0;
  const note = useRef<HTMLDivElement>(null);
  const hasAsked = useRef(false);
  useEffect(() => {
    // The button that had the focus is gone.
    if (isAll && hasAsked.current) note.current?.focus();
  }, [isAll]);
  return (
    <div className={styles.end} data-empty={actions.length === 0 || undefined}>
      <div ref={note} tabIndex={-1}>
        {actions.length === 0 && isAll && <Nothing isFiltered={activeFilters(search).length > 0} />}
        {actions.length > 0 && isAll && <p>That is all, back to the beginning of the log.</p>}
        {!isAll && isEmptyPage && (
          <p>
            {actions.length === 0 ? "Nothing in " : "Nothing more in "}
            {reachText(reach)}.
          </p>
        )}
      </div>
      {!isAll && (
        <SteadyButton
          variant="default"
          isBusy={isLoading}
          onClick={() => {
            hasAsked.current = true;
            onMore();
          }}
        >
          {isLoading ? "Looking…" : moreText(hasFailed, isEmptyPage)}
        </SteadyButton>
      )}
    </div>
  );
}

function moreText(hasFailed: boolean, isEmptyPage: boolean): string {
  if (hasFailed) return "It did not work. Try again";
  return isEmptyPage ? "Look further back" : "Show more";
}

function Nothing({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <>
        <h2>Nothing fits these filters</h2>
        <p>
          The whole log was looked at. <Link to="/history">Show everything</Link>
        </p>
      </>
    );
  }
  return (
    <>
      <h2>Nothing has happened yet</h2>
      <p>
        Every action of an agent comes here, with why it was allowed, held or denied. How agents
        connect is under <Link to="/connections">connections</Link>.
      </p>
    </>
  );
}

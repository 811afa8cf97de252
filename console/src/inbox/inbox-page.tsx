import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useApi } from "../api/api-context.tsx";
import { statusQuery } from "../api/queries.ts";
import { useAnnounce } from "../shell/announcer.tsx";
import { useKeys } from "../shell/keyboard.tsx";
import { PageFailure } from "../shell/page-failure.tsx";
import { PageHeading } from "../shell/page-heading.tsx";
import { FirstSteps, NextStep, useNewestReview } from "../start/first-steps.tsx";
import { Sign } from "../text/sign.tsx";
import styles from "./inbox.module.css";
import { InboxRow } from "./inbox-row.tsx";
import type { Queue } from "./inbox-rows.ts";
import { InboxEmpty, InboxLoading } from "./inbox-states.tsx";
import { useInbox } from "./use-inbox.ts";

export function InboxPage() {
  const { queue: asked } = useSearch({ from: "/" });
  const queue: Queue = asked ?? "waiting";
  const { background } = useApi();
  const { data: status } = useQuery(statusQuery(background));
  const isQuickstart = status?.quickstart === true && queue === "waiting";
  const newest = useNewestReview(isQuickstart);
  return (
    <>
      <div className={styles.top}>
        <PageHeading title="Inbox" />
        <nav aria-label="Queues" className={styles.queues}>
          <Link to="/" search={{}} activeOptions={{ exact: true, includeSearch: true }}>
            Waiting
          </Link>
          <Link to="/" search={{ queue: "decided" }} activeOptions={{ includeSearch: true }}>
            Decided
          </Link>
        </nav>
      </div>
      {isQuickstart && newest === "none" ? (
        <FirstSteps status={status} />
      ) : (
        <>
          {newest !== null && newest !== "none" && <NextStep newest={newest} />}
          <Rows key={queue} queue={queue} />
        </>
      )}
    </>
  );
}

function Rows({ queue }: { readonly queue: Queue }) {
  const { data, error, isPending, refetch, more, reveal } = useInbox(queue);
  const list = useRef<HTMLOListElement>(null);
  const arrived = data?.arrived.length ?? 0;
  useArrivalsAnnounced(arrived);
  useKeys({ j: () => focusRow(list.current, 1), k: () => focusRow(list.current, -1) });

  if (isPending) return <InboxLoading />;
  if (data === undefined) {
    return (
      <PageFailure
        isPart
        error={error}
        title="The inbox can't be read"
        reset={() => void refetch()}
      />
    );
  }
  if (data.rows.length === 0 && data.next === null) return <InboxEmpty queue={queue} />;
  return (
    <>
      {arrived > 0 && (
        <button type="button" className={styles.pill} onClick={reveal}>
          <Sign name="up" /> {arrived} new
        </button>
      )}
      <ol ref={list} className={styles.rows}>
        {data.rows.map((review) => (
          <InboxRow key={review.id} review={review} />
        ))}
      </ol>
      {data.next !== null && (
        <Button
          variant="default"
          className={styles.more}
          loading={more.isPending}
          onClick={() => more.mutate(data.next ?? "")}
        >
          {more.isError ? "It did not work. Try again" : "Show more"}
        </Button>
      )}
    </>
  );
}

function useArrivalsAnnounced(arrived: number): void {
  const announce = useAnnounce();
  useEffect(() => {
    if (arrived > 0) announce(`${arrived} new ${arrived === 1 ? "review" : "reviews"}`);
  }, [arrived, announce]);
}

function focusRow(list: HTMLOListElement | null, step: 1 | -1): void {
  const links = [...(list?.querySelectorAll<HTMLAnchorElement>("a[data-row]") ?? [])];
  const at = links.findIndex((link) => link === document.activeElement);
  const next = at === -1 ? links[0] : links[at + step];
  next?.focus();
}

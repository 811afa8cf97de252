/** What is wrong with everything on the page at once: it is old, or nothing can be decided. */

import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useApi } from "../api/api-context.tsx";
import { useLive } from "../api/live.tsx";
import { statusQuery } from "../api/queries.ts";
import { ShownText } from "../text/shown-text.tsx";
import { clockTime } from "../text/times.ts";
import { useAnnounce } from "./announcer.tsx";
import styles from "./shell.module.css";

export function Banners() {
  return (
    <>
      <Offline />
      <Degraded />
    </>
  );
}

function Offline() {
  const { state, retryNow } = useLive();
  const announce = useAnnounce();
  const [lostAt, setLostAt] = useState<number | null>(null);
  const isLost = state === "lost";
  const wasLost = useRef(false);
  useEffect(() => {
    setLostAt((before) => (isLost ? (before ?? Date.now()) : null));
    if (isLost) announce("The connection to the gateway is lost. Deciding is blocked.");
    wasLost.current ||= isLost;
    if (state === "live" && wasLost.current) {
      wasLost.current = false;
      announce("Connected to the gateway again.");
    }
  }, [isLost, state, announce]);
  if (!isLost) return null;
  return (
    <section className={styles.banner} data-tone="amber" aria-label="Connection">
      <p>
        <strong>Not connected.</strong> What you see is as of {clockTime(lostAt ?? Date.now())}, and
        deciding is blocked. It connects again by itself.
      </p>
      <Button variant="default" size="compact-md" onClick={retryNow}>
        Try now
      </Button>
    </section>
  );
}

function Degraded() {
  const { background } = useApi();
  const { data: status } = useQuery(statusQuery(background));
  if (status === undefined || status.ready) return null;
  return (
    <section className={styles.banner} data-tone="red" aria-label="Gateway">
      <p role="alert">
        <strong>The gateway does not let anything run.</strong>{" "}
        <ShownText text={status.degraded ?? "It is still starting."} />
      </p>
    </section>
  );
}

import { useNow } from "./clock.tsx";
import styles from "./text.module.css";
import { dateTime, duration } from "./times.ts";

const stepMs = 30_000;
const justNowMs = 5_000;

/** How long ago it was, with the time itself beside it. */
export function Ago({ at }: { readonly at: string }) {
  const ms = useNow(stepMs) - Date.parse(at);
  return (
    <time dateTime={at} title={dateTime(at)} className={styles.time}>
      {ms < justNowMs ? "just now" : `${duration(ms)} ago`}
    </time>
  );
}

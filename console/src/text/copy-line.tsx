/** A line to take along: a command, a connection string, a digest. */
import { type ReactNode, useEffect, useRef, useState } from "react";
import { ShownText } from "./shown-text.tsx";
import styles from "./text.module.css";

export function CopyLine({
  text,
  name,
  shown,
}: {
  readonly text: string;
  /** What it is, for the button: "Copy the command". */
  readonly name: string;
  /** In its place on the page, such as with a secret left out. */
  readonly shown?: ReactNode;
}) {
  return (
    <div className={styles.copyLine}>
      <code>{shown ?? <ShownText text={text} />}</code>
      <CopyButton text={text} name={name} />
    </div>
  );
}

export function CopyButton({
  text,
  name,
  quiet = false,
}: {
  readonly text: string;
  readonly name: string;
  /** Within a line of text. */
  readonly quiet?: boolean;
}) {
  const [said, setSaid] = useState<"copied" | "failed" | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    setSaid((await write(text)) ? "copied" : "failed");
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setSaid(null), saidMs);
  };
  return (
    <button
      type="button"
      className={styles.copy}
      data-quiet={quiet || undefined}
      aria-label={`Copy ${name}`}
      onClick={() => void copy()}
    >
      <span aria-live="polite">{words[said ?? "ready"]}</span>
    </button>
  );
}

const saidMs = 2_000;
const words = { ready: "Copy", copied: "Copied", failed: "Select it by hand" } as const;

/** Outside of a secure context there is no clipboard. */
async function write(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Why the agent says that it wants this. It stands apart, as what somebody else claims. */
import type { MaskedPart } from "@countersign/sdk/wire/content";
import { type ReactNode, useMemo } from "react";
import { spansOf } from "../masked/masked-parts.ts";
import { MaskedText } from "../text/masked-text.tsx";
import styles from "./review.module.css";

export function AgentReason({
  reason,
  masked,
  children,
}: {
  readonly reason: string | null;
  readonly masked: readonly MaskedPart[];
  /** What stands masked in it. */
  readonly children?: ReactNode;
}) {
  const spans = useMemo(() => spansOf({ masked }, "agentReason"), [masked]);
  if (reason === null) return null;
  return (
    <section className={styles.section} aria-labelledby="agent-reason">
      <h2 id="agent-reason">Why, in the agent’s words</h2>
      <blockquote className={styles.comment}>
        <p>
          <MaskedText text={reason} masked={spans} />
        </p>
      </blockquote>
      <p className={styles.quiet}>Its claim. Nothing has checked it, and no rule looks at it.</p>
      {children}
    </section>
  );
}

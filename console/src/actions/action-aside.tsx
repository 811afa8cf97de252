import type { ActionDetail } from "@countersign/sdk/wire";
import { Link } from "@tanstack/react-router";
import styles from "../review/review.module.css";
import { Detail, LongId } from "../review/review-aside.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { dateTime } from "../text/times.ts";
import { quorumText } from "./explanation.ts";

export function ActionAside({ action }: { readonly action: ActionDetail }) {
  const { principal, onBehalfOf, upstream, policySet } = action;
  return (
    <aside className={styles.aside} aria-label="About this action">
      <section aria-labelledby="who">
        <h2 id="who">Who</h2>
        <dl className={styles.details}>
          <Detail name={principal.kind === "agent" ? "Agent" : "Asked by"}>
            {principal.kind === "agent" ? (
              <Link to="/agents/$name" params={{ name: principal.name }}>
                <ShownText text={principal.name} />
              </Link>
            ) : (
              <ShownText
                text={
                  principal.name === "" ? "an erased name" : `${principal.name} (${principal.kind})`
                }
              />
            )}
          </Detail>
          <Detail name="Acting for">
            {onBehalfOf === null ? "nobody else" : <ShownText text={onBehalfOf} />}
          </Detail>
        </dl>
      </section>
      <section aria-labelledby="where">
        <h2 id="where">Where</h2>
        <dl className={styles.details}>
          <Detail name="Connection">
            <Link to="/connections/$name" params={{ name: action.connection }}>
              <ShownText text={action.connection} />
            </Link>
          </Detail>
          <Detail name="Environment">
            <ShownText text={action.environment} />
          </Detail>
          {upstream !== null && (
            <>
              <Detail name="Server">
                <ShownText text={upstream.endpoint} />
              </Detail>
              <Detail name="Database">
                <ShownText text={upstream.database} />
              </Detail>
              <Detail name="Runs as">
                <ShownText text={upstream.role} />
              </Detail>
            </>
          )}
        </dl>
      </section>
      <section aria-labelledby="decision">
        <h2 id="decision">This decision</h2>
        <dl className={styles.details}>
          <Detail name="Made">{dateTime(action.at)}</Detail>
          <Detail name="Verbs">
            <ShownText text={action.verbs.join(", ")} />
          </Detail>
          {action.quorum.length > 0 && (
            <Detail name="Asked for">
              <ShownText text={quorumText(action.quorum)} />
            </Detail>
          )}
          <Detail name="Policies">
            {policySet.inForce
              ? "still in force"
              : "no longer in force: today it could be decided in another way"}
          </Detail>
          <LongId name="Policy digest" text={policySet.digest} />
          <LongId name="Action" text={action.id} />
          <LongId name="Digest" text={action.digest} />
        </dl>
      </section>
    </aside>
  );
}

import type { ActionDetail } from "@countersign/sdk/wire/action";
import { Link } from "@tanstack/react-router";
import { Where } from "../connections/where.tsx";
import { Detail, LongId } from "../review/detail.tsx";
import styles from "../review/review.module.css";
import { ShownText } from "../text/shown-text.tsx";
import { dateTime } from "../text/times.ts";
import { quorumText } from "./explanation.ts";

export function ActionAside({ action }: { readonly action: ActionDetail }) {
  const { principal, onBehalfOf, policySet } = action;
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
      <Where
        connection={action.connection}
        environment={action.environment}
        upstream={action.upstream}
      />
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

import type { ActionDetail } from "@countersign/sdk/wire/action";
import styles from "../review/review.module.css";
import { ShownText } from "../text/shown-text.tsx";
import { explain, reasonWords } from "./explanation.ts";

export function Explanation({ action }: { readonly action: ActionDetail }) {
  const { decision, reasons } = action;
  return (
    <section className={styles.notice} data-tone={tones[decision]} aria-labelledby="why">
      <h2 id="why">{titles[decision]}</h2>
      <p>{explain(action)}</p>
      {reasons.length > 0 && (
        <ul className={styles.rules}>
          {reasons.map((reason) => {
            const { rule, words } = reasonWords(reason);
            return (
              <li key={reason.policy}>
                <ShownText text={words} />{" "}
                <span className={styles.quiet}>
                  {rule === reason.policy && "Rule "}
                  <ShownText text={rule} />
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

const titles = {
  allow: "Why it was allowed",
  deny: "Why it was denied",
  review: "Why it was held",
} as const satisfies Readonly<Record<ActionDetail["decision"], string>>;

const tones = {
  allow: "quiet",
  deny: "red",
  review: "accent",
} as const satisfies Readonly<Record<ActionDetail["decision"], string>>;

import type { Facts } from "@countersign/sdk/wire/facts";
import { ShownText } from "../text/shown-text.tsx";
import { factsInWords } from "./facts-in-words.ts";
import styles from "./review.module.css";

export function FactsList({
  facts,
  masks,
}: {
  readonly facts: Facts;
  /** Of its result, in words; empty where there are none. */
  readonly masks: string;
}) {
  return (
    <dl className={styles.facts}>
      {factsInWords(facts).map(({ name, text, isLoud }) => (
        <div key={name} data-loud={isLoud || undefined}>
          <dt>{name}</dt>
          <dd>
            <ShownText text={text} />
          </dd>
        </div>
      ))}
      <MasksRow masks={masks} />
    </dl>
  );
}

/** A reader has to know what the agent will not get to see. */
export function MasksRow({ masks }: { readonly masks: string }) {
  if (masks === "") return null;
  return (
    <div>
      <dt>In the result</dt>
      <dd>
        <ShownText text={`${masks}.`} />
      </dd>
    </div>
  );
}

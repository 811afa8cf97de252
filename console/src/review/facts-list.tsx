import type { Facts } from "@countersign/sdk/wire";
import { ShownText } from "../text/shown-text.tsx";
import { factsInWords } from "./facts-in-words.ts";
import styles from "./review.module.css";

export function FactsList({ facts }: { readonly facts: Facts }) {
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
    </dl>
  );
}

/** Words that are there for a model: what hides in them is spelled out, and a reader has to know before reading on. */
import type { ToolFlag } from "@countersign/sdk/wire/content";
import { ShownText } from "../text/shown-text.tsx";
import styles from "./tools.module.css";

export function Flags({ flags }: { readonly flags: readonly ToolFlag[] }) {
  return (
    <ul className={styles.flags}>
      {flags.map(({ what, at, words }, index) => (
        <li key={index}>
          <strong>
            <ShownText text={what} />
          </strong>
          {at !== "" && (
            <>
              {" "}
              in{" "}
              <code>
                <ShownText text={at} />
              </code>
            </>
          )}
          {words !== "" && (
            <blockquote className={styles.words}>
              <ShownText text={words} />
            </blockquote>
          )}
        </li>
      ))}
    </ul>
  );
}

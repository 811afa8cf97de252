/** One line of what is known of something, and ids that are too long to read. */
import type { ReactNode } from "react";
import { CopyButton } from "../text/copy-line.tsx";
import { ShownText } from "../text/shown-text.tsx";
import styles from "./review.module.css";

export function Detail({
  name,
  children,
}: {
  readonly name: string;
  readonly children: ReactNode;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const idCharsShown = 10;

export function LongId({ name, text }: { readonly name: string; readonly text: string }) {
  const said = /digest$/i.test(name)
    ? `the ${name.toLowerCase()}`
    : `the ${name.toLowerCase()}’s id`;
  return (
    <Detail name={name}>
      <span className={styles.longId}>
        <code title={text}>
          <ShownText text={text.length > idCharsShown ? `${text.slice(0, idCharsShown)}…` : text} />
        </code>
        <CopyButton text={text} name={said} quiet />
      </span>
    </Detail>
  );
}

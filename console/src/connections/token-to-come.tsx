/** Said, and marked, where no token is at hand to be pasted. */
import { Link } from "@tanstack/react-router";
import { ShownText } from "../text/shown-text.tsx";
import styles from "./connections.module.css";

/** Stands in the place of a token. */
export const tokenToCome = "TOKEN";

export function TokenToCome() {
  return (
    <>
      {" "}
      Put the agent’s token in place of <mark className={styles.placeholder}>{tokenToCome}</mark>;
      an <Link to="/agents">agent’s page</Link> makes one.
    </>
  );
}

/** The token comes last of all in a line that may hold the word, such as in a connection's name. */
export function WithTokenMarked({ text }: { readonly text: string }) {
  const at = text.lastIndexOf(tokenToCome);
  return (
    <>
      <ShownText text={text.slice(0, at)} />
      <mark className={styles.placeholder}>{tokenToCome}</mark>
      <ShownText text={text.slice(at + tokenToCome.length)} />
    </>
  );
}

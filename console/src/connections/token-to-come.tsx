/** Said where no token is at hand to be pasted. */
import { Link } from "@tanstack/react-router";
import styles from "./connections.module.css";

export function TokenToCome() {
  return (
    <>
      {" "}
      Put the agent’s token in place of <mark className={styles.placeholder}>TOKEN</mark>; an{" "}
      <Link to="/agents">agent’s page</Link> makes one.
    </>
  );
}

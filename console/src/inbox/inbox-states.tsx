/** The inbox while there is nothing in it to show. */
import { Link } from "@tanstack/react-router";
import styles from "./inbox.module.css";
import type { Queue } from "./inbox-rows.ts";

export function InboxEmpty({ queue }: { readonly queue: Queue }) {
  if (queue === "decided") {
    return (
      <div className={styles.empty}>
        <h2>Nothing has been decided yet</h2>
        <p>Reviews come here once they are approved, denied, sent back or expired.</p>
      </div>
    );
  }
  return (
    <div className={styles.empty}>
      <h2>Nothing waits</h2>
      <p>
        When an agent asks for something that a rule holds, it appears here by itself. What ran
        without asking is in the <Link to="/history">history</Link>; how agents connect is under{" "}
        <Link to="/connections">connections</Link>.
      </p>
    </div>
  );
}

export function InboxLoading() {
  return (
    <div role="status" aria-label="The inbox is loading" className={styles.rows}>
      {["first", "second", "third"].map((row) => (
        <div key={row} className={styles.row} aria-hidden="true">
          <div className={styles.what}>
            <span className={styles.bar} data-wide />
            <span className={styles.bar} />
            <span className={styles.bar} data-short />
          </div>
        </div>
      ))}
    </div>
  );
}

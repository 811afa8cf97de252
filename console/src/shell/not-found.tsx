import { Link } from "@tanstack/react-router";
import { PageHeading } from "./page-heading.tsx";
import styles from "./shell.module.css";

export function NotFound() {
  return (
    <div className={styles.notice}>
      <PageHeading title="There is no such page" />
      <p>The address may be cut off, or it is of another version of the console.</p>
      <p>
        <Link to="/">Go to the inbox</Link>
      </p>
    </div>
  );
}

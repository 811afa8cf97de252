/** Where an action runs: the connection, and what is behind it. */
import { serverText } from "@countersign/sdk/facts-text";
import type { Upstream } from "@countersign/sdk/wire/content";
import { Link } from "@tanstack/react-router";
import { Detail } from "../review/detail.tsx";
import styles from "../review/review.module.css";
import { ShownText } from "../text/shown-text.tsx";

export function Where({
  connection,
  environment,
  upstream,
}: {
  readonly connection: string;
  readonly environment: string;
  /** Null where it was erased. */
  readonly upstream: Upstream | null;
}) {
  return (
    <section aria-labelledby="where">
      <h2 id="where">Where</h2>
      <dl className={styles.details}>
        <Detail name="Connection">
          <Link to="/connections/$name" params={{ name: connection }}>
            <ShownText text={connection} />
          </Link>
        </Detail>
        <Detail name="Environment">
          <ShownText text={environment} />
        </Detail>
        {upstream !== null && <UpstreamDetails upstream={upstream} />}
      </dl>
    </section>
  );
}

export function UpstreamDetails({ upstream }: { readonly upstream: Upstream }) {
  return (
    <>
      <Detail name="Server">
        <ShownText text={serverText(upstream.endpoint)} />
      </Detail>
      {upstream.database !== null && (
        <Detail name="Database">
          <ShownText text={upstream.database} />
        </Detail>
      )}
      {upstream.role !== null && (
        <Detail name="Runs as">
          <ShownText text={upstream.role} />
        </Detail>
      )}
    </>
  );
}

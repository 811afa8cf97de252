/** Whether the upstream can be used, since when, and a test of it now. */
import { ClientError } from "@countersign/sdk/client";
import type { Connection } from "@countersign/sdk/wire/connection";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useApi } from "../api/api-context.tsx";
import { keys } from "../api/queries.ts";
import { Detail } from "../review/detail.tsx";
import review from "../review/review.module.css";
import { SteadyButton } from "../shell/steady-button.tsx";
import { Ago } from "../text/ago.tsx";
import { ShownText } from "../text/shown-text.tsx";
import styles from "./connections.module.css";
import { HealthWord } from "./health-word.tsx";

export function ConnectionHealth({ connection }: { readonly connection: Connection }) {
  const { name, health } = connection;
  const { client } = useApi();
  const queries = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => client.testConnection(name),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.connections }),
  });
  return (
    <section aria-labelledby="health">
      <h2 id="health">How it is</h2>
      <dl className={review.details}>
        <Detail name="State">
          <HealthWord health={health} />
        </Detail>
        {health.since !== null && (
          <Detail name="Since">
            <Ago at={health.since} />
          </Detail>
        )}
        {health.heardAt !== null && (
          <Detail name="Heard">
            <Ago at={health.heardAt} />
          </Detail>
        )}
        {health.serverVersion !== null && (
          <Detail name="Version">
            <ShownText text={health.serverVersion} />
          </Detail>
        )}
      </dl>
      {health.failure !== null && (
        <p className={styles.failure}>
          <ShownText text={health.failure.message} />
        </p>
      )}
      <SteadyButton variant="default" isBusy={isPending} onClick={() => mutate()}>
        {isPending ? "Testing …" : "Test now"}
      </SteadyButton>
      <p role="status" className={styles.quiet}>
        {error !== null && (
          <ShownText
            text={error instanceof ClientError ? error.message : "It could not be tested."}
          />
        )}
      </p>
    </section>
  );
}

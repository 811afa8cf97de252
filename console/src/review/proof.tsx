/** The records that prove what happened, and how to check them without this gateway. */
import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { recordWords } from "../actions/record-words.ts";
import { useApi } from "../api/api-context.tsx";
import { actionQuery, statusQuery } from "../api/queries.ts";
import { failureText } from "../shell/page-failure.tsx";
import { CopyLine } from "../text/copy-line.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { dateTime } from "../text/times.ts";
import styles from "./proof.module.css";

export function Proof({ actionId }: { readonly actionId: string }) {
  const { client, background } = useApi();
  const action = useQuery(actionQuery({ client: background, background }, actionId));
  const status = useQuery(statusQuery(background));
  const file = `${actionId}.tlog-proof`;
  const download = useMutation({
    mutationFn: () => client.proof(actionId),
    onSuccess: (text) => save(file, text),
  });
  const key = status.data?.log.key;
  return (
    <section className={styles.proof} aria-labelledby="proof">
      <h2 id="proof">Proof</h2>
      <p className={styles.quiet}>
        These records of the log are signed and can’t be changed unseen. Whoever has the proof file
        and the log’s key can check them without this gateway.
      </p>
      {action.data !== undefined && (
        <ol className={styles.records}>
          {action.data.records.map(({ index, type, at }) => (
            <li key={index}>
              <span className={styles.index}>{index}</span>
              <span className={styles.type}>
                <ShownText text={recordWords(type)} />
                {type !== null && (
                  <code>
                    <ShownText text={type} />
                  </code>
                )}
              </span>
              {at !== null && <time dateTime={at}>{dateTime(at)}</time>}
            </li>
          ))}
        </ol>
      )}
      <Button
        className={styles.button}
        variant="default"
        loading={download.isPending}
        onClick={() => download.mutate()}
      >
        Download the proof
      </Button>
      {download.isError && (
        <p role="alert">
          <ShownText text={failureText(download.error)} />
        </p>
      )}
      {key !== undefined && (
        <CopyLine
          text={`npx --no-install countersign verify ${file} --key '${key}'`}
          name="the command that checks it"
        />
      )}
    </section>
  );
}

function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The download has begun by then.
  setTimeout(() => URL.revokeObjectURL(url), revokeMs);
}

const revokeMs = 30_000;

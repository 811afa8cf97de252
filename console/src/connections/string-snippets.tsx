/** A connection string, ready to paste. What still has to be put in its place is marked. */
import { environmentLine, psqlCommand } from "@countersign/sdk/client-lines";
import { CopyLine } from "../text/copy-line.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { type Credentials, connectionUrl, urlParts } from "./connection-url.ts";
import styles from "./connections.module.css";

export function StringSnippets({
  template,
  credentials,
  of,
}: {
  readonly template: string;
  readonly credentials: Credentials;
  /** Whose it is, for the buttons: "for demo-agent". */
  readonly of: string;
}) {
  const url = connectionUrl(template, credentials);
  const marked = <MarkedUrl template={template} credentials={credentials} />;
  const around = (line: string) => {
    const at = line.indexOf(url);
    if (at === -1) return undefined;
    return (
      <>
        {line.slice(0, at)}
        {marked}
        {line.slice(at + url.length)}
      </>
    );
  };
  return (
    <dl className={styles.snippets}>
      <div>
        <dt>Address</dt>
        <dd>
          <CopyLine text={url} name={`the address ${of}`} shown={marked} />
        </dd>
      </div>
      {url.startsWith("postgres") && (
        <div>
          <dt>psql</dt>
          <dd>
            <CopyLine
              text={psqlCommand(url)}
              name={`the psql command ${of}`}
              shown={around(psqlCommand(url))}
            />
          </dd>
        </div>
      )}
      <div>
        <dt>Environment</dt>
        <dd>
          <CopyLine
            text={environmentLine(url)}
            name={`the environment variable ${of}`}
            shown={around(environmentLine(url))}
          />
        </dd>
      </div>
    </dl>
  );
}

export function MarkedUrl({
  template,
  credentials,
}: {
  readonly template: string;
  readonly credentials: Credentials;
}) {
  return urlParts(template, credentials).map(({ text, isPlaceholder }, index) =>
    isPlaceholder ? (
      <mark key={index} className={styles.placeholder}>
        {text}
      </mark>
    ) : (
      <ShownText key={index} text={text} />
    ),
  );
}

/** What a tool takes, by its schema: the first level, in a table. The rest stands in the definition. */
import review from "../review/review.module.css";
import { ShownText } from "../text/shown-text.tsx";
import { fieldsOf } from "./schema-fields.ts";
import styles from "./tools.module.css";

export function ToolArguments({ schema }: { readonly schema: unknown }) {
  const fields = fieldsOf(schema);
  return (
    <section className={review.section} aria-labelledby="arguments">
      <h2 id="arguments">What it takes</h2>
      {fields.length === 0 ? (
        <p className={review.quiet}>It names no arguments.</p>
      ) : (
        <dl className={review.facts}>
          {fields.map(({ name, typeText, isRequired, description }) => (
            <div key={name}>
              <dt>
                <code className={styles.code}>
                  <ShownText text={name} />
                </code>
              </dt>
              <dd>
                <ShownText text={typeText} />
                {isRequired ? ", required" : ""}
                {description !== "" && (
                  <span className={styles.words}>
                    <ShownText text={description} />
                  </span>
                )}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

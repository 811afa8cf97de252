/** Which columns a read touches, and which of them are marked. No term of the review: it becomes known under a reader. */
import { besidesText, type TouchedRelation, touchesSensitive } from "@countersign/sdk/touched-text";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { ShownText } from "../text/shown-text.tsx";
import styles from "./review.module.css";

export function TouchedRow({ review: { touched } }: { readonly review: ReviewDetail }) {
  if (touched === null) return null;
  const besides = besidesText(touched);
  return (
    <div>
      <dt>{touchesSensitive(touched) ? "Touches, with sensitive columns" : "Touches"}</dt>
      <dd className={styles.touched}>
        {(touched.relations ?? []).map((relation) => (
          <Relation key={relation.name} relation={relation} />
        ))}
        {besides !== "" && (
          <span className={touched.relations === null ? styles.unknown : styles.effectCaveat}>
            <ShownText text={besides} />
          </span>
        )}
      </dd>
    </div>
  );
}

function Relation({ relation }: { readonly relation: TouchedRelation }) {
  const { name, isView, columns, columnsMore } = relation;
  return (
    <span>
      <ShownText text={name} />
      <span className={styles.quiet}>{isView ? " (view): " : ": "}</span>
      {columns.length === 0 && <span className={styles.quiet}>no column of its own</span>}
      {columns.map((column, at) => (
        <span key={column.name}>
          {at > 0 && ", "}
          {column.sensitive ? (
            <strong className={styles.sensitive}>
              <ShownText text={column.name} /> (sensitive)
            </strong>
          ) : (
            <ShownText text={column.name} />
          )}
        </span>
      ))}
      {columnsMore > 0 && <span className={styles.quiet}> and {columnsMore} more</span>}
    </span>
  );
}

/** The transaction in which it waits, and who pays for that. No term of the review: it changes under a reader. */
import { transactionText } from "@countersign/sdk/transaction-text";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { Ago } from "../text/ago.tsx";
import { ShownText } from "../text/shown-text.tsx";

export function TransactionRow({ review: { transaction } }: { readonly review: ReviewDetail }) {
  if (transaction === null) return null;
  const { since, blocks } = transaction;
  return (
    <div data-loud={(blocks ?? 0) > 0 || undefined}>
      <dt>Waits in a transaction</dt>
      <dd>
        {since !== null && (
          <>
            opened <Ago at={since} />;{" "}
          </>
        )}
        <ShownText text={transactionText(transaction)} />
      </dd>
    </div>
  );
}

import styles from "../review/review.module.css";

export function PageLoading({ label }: { readonly label: string }) {
  return (
    <div role="status" aria-label={label} className={styles.loading}>
      <span />
      <span />
      <span />
    </div>
  );
}

import type { QuorumGroup } from "@countersign/sdk/wire/review";
import { ShownText } from "../text/shown-text.tsx";
import { Sign } from "../text/sign.tsx";
import styles from "./review.module.css";

export function missingText(quorum: readonly QuorumGroup[]): string {
  return quorum
    .filter(({ needed, given }) => given.length < needed)
    .map(({ group, needed, given }) => `${needed - given.length} of ${group}`)
    .join(" and ");
}

export function Quorum({
  quorum,
  isOpen,
}: {
  readonly quorum: readonly QuorumGroup[];
  readonly isOpen: boolean;
}) {
  return (
    <ul className={styles.quorum}>
      {quorum.map(({ group, needed, given }) => (
        <li key={group}>
          <strong>
            {given.length} of {needed}
          </strong>{" "}
          of <ShownText text={group} />
          <p className={styles.quiet}>
            {given.length > 0 && (
              <>
                <Sign name="check" /> <ShownText text={given.join(", ")} />
                {isOpen && given.length < needed && "; "}
              </>
            )}
            {isOpen && given.length < needed && `${needed - given.length} more needed`}
          </p>
        </li>
      ))}
    </ul>
  );
}

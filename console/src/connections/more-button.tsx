import list from "../inbox/inbox.module.css";
import { SteadyButton } from "../shell/steady-button.tsx";

/** At the end of a list that comes in pages. */
export function MoreButton({
  pages,
}: {
  readonly pages: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly isFetchNextPageError: boolean;
    readonly fetchNextPage: () => Promise<unknown>;
  };
}) {
  if (!pages.hasNextPage) return null;
  return (
    <SteadyButton
      variant="default"
      className={list.more}
      isBusy={pages.isFetchingNextPage}
      onClick={() => void pages.fetchNextPage()}
    >
      {pages.isFetchNextPageError ? "It did not work. Try again" : "Show more"}
    </SteadyButton>
  );
}

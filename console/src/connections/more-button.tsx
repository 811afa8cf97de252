import { Button } from "@mantine/core";
import list from "../inbox/inbox.module.css";

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
    <Button
      variant="default"
      className={list.more}
      loading={pages.isFetchingNextPage}
      onClick={() => {
        if (!pages.isFetchingNextPage) void pages.fetchNextPage();
      }}
    >
      {pages.isFetchNextPageError ? "It did not work. Try again" : "Show more"}
    </Button>
  );
}

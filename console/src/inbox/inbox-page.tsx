import { PageHeading } from "../shell/page-heading.tsx";

export function InboxPage() {
  return <PageHeading title="Inbox" />;
}

import { PageHeading } from "../shell/page-heading.tsx";

export function HistoryPage() {
  return <PageHeading title="History" />;
}

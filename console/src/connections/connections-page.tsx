import { PageHeading } from "../shell/page-heading.tsx";

export function ConnectionsPage() {
  return <PageHeading title="Connections" />;
}

import { PageHeading } from "../shell/page-heading.tsx";

export function AgentsPage() {
  return <PageHeading title="Agents" />;
}

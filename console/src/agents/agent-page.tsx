import { PageHeading } from "../shell/page-heading.tsx";

export function AgentPage() {
  return <PageHeading title="Agent" />;
}

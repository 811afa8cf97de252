import { PageHeading } from "../shell/page-heading.tsx";

export function ActionPage() {
  return <PageHeading title="Action" />;
}

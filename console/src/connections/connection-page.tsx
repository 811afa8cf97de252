import { PageHeading } from "../shell/page-heading.tsx";

export function ConnectionPage() {
  return <PageHeading title="Connection" />;
}

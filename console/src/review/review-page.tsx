import { PageHeading } from "../shell/page-heading.tsx";

export function ReviewPage() {
  return <PageHeading title="Review" />;
}

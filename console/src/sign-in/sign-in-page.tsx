import { PageHeading } from "../shell/page-heading.tsx";

export function SignInPage() {
  return <PageHeading title="Sign in" />;
}

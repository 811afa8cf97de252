/** What each type of node means: every rule of the walk. A type has one rule, in the file of what it is about. */
import { changeRules } from "./change-rules.ts";
import { expressionRules } from "./expression-rules.ts";
import { functionRules } from "./function-rules.ts";
import { queryRules } from "./query-rules.ts";
import { relationRules } from "./relation-rules.ts";
import { sessionRules } from "./session-rules.ts";
import { statementRules } from "./statement-rules.ts";
import type { Rules } from "./walk.ts";

export const rules: Rules = [
  ...changeRules,
  ...expressionRules,
  ...functionRules,
  ...queryRules,
  ...relationRules,
  ...sessionRules,
  ...statementRules,
];

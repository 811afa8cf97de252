/** All forms of tokens that are known, by the fields that they come from. */
import { assignedRules } from "./assigned.ts";
import { cloudTokens } from "./clouds.ts";
import { codeHostTokens } from "./code-hosts.ts";
import { modelTokens } from "./models.ts";
import { paymentTokens } from "./payments.ts";
import { platformTokens } from "./platforms.ts";
import { serviceTokens } from "./services.ts";
import type { AssignedRule, TokenRule } from "./token-rule.ts";

export const tokenRules: readonly TokenRule[] = [
  ...codeHostTokens,
  ...cloudTokens,
  ...modelTokens,
  ...paymentTokens,
  ...platformTokens,
  ...serviceTokens,
];

export const assignedTokenRules: readonly AssignedRule[] = assignedRules;

/** All rules for numbers, by how many digits a number has. */
import { americas } from "./americas.ts";
import { asiaPacific } from "./asia-pacific.ts";
import { cards } from "./cards.ts";
import { eastEurope } from "./east-europe.ts";
import { europe } from "./europe.ts";
import { middleEastAndAfrica } from "./middle-east-africa.ts";
import type { NumberRule } from "./number-rule.ts";

const numberRules: readonly NumberRule[] = [
  ...cards,
  ...americas,
  ...europe,
  ...eastEurope,
  ...middleEastAndAfrica,
  ...asiaPacific,
];

export const candidateDigitsMax = 19;

/** A rule, and in how many groups it tells without a word nearby, as bits. */
export interface Weighed {
  readonly rule: NumberRule;
  readonly aloneIn: number;
}

/** Of each length: every rule, and for each count of groups those that need no word nearby. */
export interface RulesOfLength {
  readonly all: readonly Weighed[];
  readonly alone: readonly (readonly Weighed[])[];
}

/** No number has more groups than digits. */
function byGroups(all: readonly Weighed[], length: number): readonly (readonly Weighed[])[] {
  return Array.from({ length: length + 1 }, (_, groups) =>
    all.filter(({ aloneIn }) => (aloneIn & (1 << groups)) !== 0),
  );
}

function weigh(rule: NumberRule): Weighed {
  const { forms = [], plainSure, entity } = rule;
  // Cards are spelled out in any number of groups.
  if (entity === "credit_card") return { rule, aloneIn: ~0 };
  const groups = [
    ...forms,
    ...(plainSure === undefined ? [] : ["1"]),
    ...(entity === "uk_nhs" ? ["3 3 4"] : []),
  ];
  return {
    rule,
    aloneIn: groups.reduce((bits, form) => bits | (1 << form.split(/\D+/).length), 0),
  };
}

/** For each count of digits up to `candidateDigitsMax`. */
export const rulesByLength: readonly RulesOfLength[] = Array.from(
  { length: candidateDigitsMax + 1 },
  (_, length) => {
    const all = numberRules.filter(({ lengths }) => lengths.includes(length)).map(weigh);
    return { all, alone: byGroups(all, length) };
  },
);

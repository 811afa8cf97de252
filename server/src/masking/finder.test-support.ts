/** The finder of all tests of a process, and its rules: their tables take as long to make as many texts to look at. */
import { createFinder } from "./finder.ts";
import { atOnce } from "./in-steps.ts";
import { buildRules } from "./rules.ts";

export const finder = createFinder();
export const rules = atOnce(buildRules());

/**
 * What every engine has to pass, unchanged: the contract of `store.ts` as tests.
 *
 * Knows no engine. It does know RFC 6962, so that a tree which does not come from the records is found.
 */
import { describe } from "node:test";
import { testActions } from "./conformance/actions.ts";
import { testChanges } from "./conformance/changes.ts";
import { type OpenedStore, storeTestOver } from "./conformance/harness.ts";
import { testExecutionsAndIdentities } from "./conformance/identities.ts";
import { testLabels } from "./conformance/labels.ts";
import { testLife } from "./conformance/life.ts";
import { testLog } from "./conformance/log.ts";
import { testReviewLists } from "./conformance/review-lists.ts";
import { testReviews } from "./conformance/reviews.ts";
import { testTools } from "./conformance/tools.ts";
import { testVaults } from "./conformance/vaults.ts";

export function storeConformance(name: string, open: () => Promise<OpenedStore>): void {
  const storeTest = storeTestOver(open);
  describe(`${name}: log`, () => testLog(storeTest));
  describe(`${name}: actions`, () => testActions(storeTest));
  describe(`${name}: reviews`, () => testReviews(storeTest));
  describe(`${name}: lists of reviews`, () => testReviewLists(storeTest));
  describe(`${name}: changes`, () => testChanges(storeTest));
  describe(`${name}: executions and identities`, () => testExecutionsAndIdentities(storeTest));
  describe(`${name}: vaults`, () => testVaults(storeTest));
  describe(`${name}: labels`, () => testLabels(storeTest));
  describe(`${name}: tools`, () => testTools(storeTest));
  describe(`${name}: life`, () => testLife(storeTest));
}

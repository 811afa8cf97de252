/**
 * Applies write verbs to the tables, one at a time. Records are not its matter: the engine adds those of the
 * verbs that took effect.
 */
import type { DatabaseSync } from "node:sqlite";
import type { Sealer } from "#/store/ledger.ts";
import { prepareIdentityWrites } from "./identity-rows.ts";
import { prepareLabelWrites } from "./label-rows.ts";
import { prepareReviewWrites } from "./review-rows.ts";
import { prepareToolWrites } from "./tool-rows.ts";
import { prepareVaultWrites } from "./vault-rows.ts";
import { type Applied, done, type WriteVerb } from "./verbs.ts";

/** `nextChange` numbers a change of a review, and is asked for one only when it happens. */
export type ApplyWrite = (write: WriteVerb, nextChange: () => number) => Applied;

export function prepareWrites(db: DatabaseSync, sealer: Sealer): ApplyWrite {
  const reviews = prepareReviewWrites(db, sealer);
  const identities = prepareIdentityWrites(db);
  const vaults = prepareVaultWrites(db, sealer);
  const labels = prepareLabelWrites(db, sealer);
  const tools = prepareToolWrites(db);
  const renewSegment = db.prepare(
    "INSERT OR REPLACE INTO journal_segments (segment, salt) VALUES (?, ?)",
  );
  return (write, nextChange) => {
    switch (write.verb) {
      case "append":
        return done;
      case "renewSegment":
        renewSegment.run(write.segment, write.salt);
        return done;
      case "openReview":
        return reviews.open(write.review, write.openMax, nextChange);
      case "saveReview":
        return reviews.save(write.review, nextChange);
      case "saveAgent":
        return identities.saveAgent(write.agent);
      case "personSince":
        return identities.personSince(write.person, write.now);
      case "saveSignInLink":
        return identities.saveLink(write.link);
      case "redeemSignInLink":
        return identities.redeemLink(write.hash, write.session);
      case "touchSignInSession":
        return identities.touchSession(write.hash, write.idleUntil);
      case "endSignInSession":
        return identities.endSession(write.hash);
      case "purgeSignIns":
        return identities.purge(write.sessionsBefore, write.linksBefore);
      case "openVault":
        return vaults.open(write.fresh, write.now, write.openMax);
      case "addPseudonyms":
        return vaults.add(write.addition);
      case "endVaults":
        return vaults.end(write.now);
      case "keepLabels":
        return labels.keep(write.kept);
      case "forgetLabels":
        return labels.forget(write.before);
      case "saveTool":
        return tools.save(write.tool);
    }
  };
}

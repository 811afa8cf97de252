/**
 * Applies write verbs to the tables, one at a time. Records are not its matter: the engine adds those of the
 * verbs that took effect.
 */
import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";
import type { Principal } from "#/core/principal.ts";
import type { Review } from "#/core/review.ts";
import type { Sealer } from "#/store/ledger.ts";
import { prepareLabelWrites } from "./label-rows.ts";
import { prepareToolWrites } from "./tool-rows.ts";
import { prepareVaultWrites } from "./vault-rows.ts";
import type { Applied, WriteVerb } from "./verbs.ts";

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

type Verb<Name extends WriteVerb["verb"]> = Extract<WriteVerb, { readonly verb: Name }>;

const done: Applied = { answer: null, tookEffect: true };

function prepareReviewWrites(db: DatabaseSync, sealer: Sealer) {
  const pending = db.prepare(
    "SELECT count(*) AS n FROM reviews WHERE principal = ? AND state = 'pending'",
  );
  const version = db.prepare("SELECT version FROM reviews WHERE id = ?");
  const insert = db.prepare(`
    INSERT INTO reviews (id, version, state, join_key, principal, connection, attached, execution,
      opened_at, expires_at, valid_until, changed, document)
    VALUES (:id, :version, :state, :joinKey, :principal, :connection, :attached, :execution,
      :openedAt, :expiresAt, :validUntil, :changed, :document)`);
  const update = db.prepare(`
    UPDATE reviews SET version = :version, state = :state, join_key = :joinKey, principal = :principal,
      connection = :connection, attached = :attached, execution = :execution, opened_at = :openedAt,
      expires_at = :expiresAt, valid_until = :validUntil, changed = :changed, document = :document
    WHERE id = :id`);
  const row = (review: Review, changed: number) => ({
    id: review.id,
    version: review.version,
    state: review.state,
    joinKey: review.joinKey,
    principal: principalKey(review.action.principal),
    connection: review.action.resource.connection,
    attached: review.caller === null ? 0 : 1,
    execution: review.execution?.state ?? null,
    openedAt: review.openedAt,
    expiresAt: review.expiresAt,
    validUntil: review.validUntil,
    changed,
    document: sealer.seal(Buffer.from(JSON.stringify(review))),
  });
  return {
    open(review: Review, openMax: number, nextChange: () => number): Applied {
      assert.equal(review.version, 1, "a review is opened at version 1");
      const open = Number(pending.get(principalKey(review.action.principal))?.["n"]);
      if (open >= openMax) return { answer: "too_many", tookEffect: false };
      insert.run(row(review, nextChange()));
      return { answer: "opened", tookEffect: true };
    },
    save(review: Review, nextChange: () => number): Applied {
      if (version.get(review.id)?.["version"] !== review.version - 1) {
        return { answer: "conflict", tookEffect: false };
      }
      update.run(row(review, nextChange()));
      return { answer: "saved", tookEffect: true };
    },
  };
}

/** Whose open reviews are counted together. A person's name stays out of the clear: people have opaque ids. */
function principalKey({ kind, name, people }: Principal): string {
  const who = kind === "user" && people.length > 0 ? people.toSorted().join(" ") : name;
  return `${kind}:${who}`;
}

/** `principalKey` of an agent. */
export function agentKey(name: string): string {
  return `agent:${name}`;
}

function prepareIdentityWrites(db: DatabaseSync) {
  const saveAgent = db.prepare(`
    INSERT OR REPLACE INTO agents (name, owner, scram_verifier, token_hash, created_at)
    VALUES (?, ?, ?, ?, ?)`);
  const meet = db.prepare("INSERT OR IGNORE INTO persons (id, since) VALUES (?, ?)");
  const since = db.prepare("SELECT since FROM persons WHERE id = ?");
  const saveLink = db.prepare(`
    INSERT INTO sign_in_links (hash, person, assurance, vouchers, created_at, expires_at)
    VALUES (:hash, :person, :assurance, :vouchers, :createdAt, :expiresAt)`);
  const link = db.prepare("SELECT used FROM sign_in_links WHERE hash = ?");
  const useLink = db.prepare("UPDATE sign_in_links SET used = 1 WHERE hash = ?");
  const saveSession = db.prepare(`
    INSERT INTO sign_in_sessions (hash, person, assurance, vouchers, created_at, expires_at, idle_until)
    VALUES (:hash, :person, :assurance, :vouchers, :createdAt, :expiresAt, :idleUntil)`);
  const touchSession = db.prepare("UPDATE sign_in_sessions SET idle_until = ? WHERE hash = ?");
  const endSession = db.prepare("DELETE FROM sign_in_sessions WHERE hash = ?");
  const purgeSessions = db.prepare("DELETE FROM sign_in_sessions WHERE ends_at < ?");
  const purgeLinks = db.prepare("DELETE FROM sign_in_links WHERE expires_at < ?");
  return {
    saveAgent(agent: Verb<"saveAgent">["agent"]): Applied {
      const { name, owner, scramVerifier, tokenHash, createdAt } = agent;
      saveAgent.run(name, owner, scramVerifier, tokenHash, createdAt);
      return done;
    },
    personSince(person: Verb<"personSince">["person"], now: number): Applied {
      meet.run(person, now);
      return { answer: Number(since.get(person)?.["since"]), tookEffect: true };
    },
    saveLink(made: Verb<"saveSignInLink">["link"]): Applied {
      saveLink.run({ ...made, vouchers: JSON.stringify(made.vouchers) });
      return done;
    },
    redeemLink(hash: string, session: Verb<"redeemSignInLink">["session"]): Applied {
      const used = link.get(hash)?.["used"];
      if (used === undefined) return { answer: "unknown", tookEffect: false };
      if (used !== 0) return { answer: "used", tookEffect: false };
      useLink.run(hash);
      saveSession.run({ ...session, vouchers: JSON.stringify(session.vouchers) });
      return { answer: "redeemed", tookEffect: true };
    },
    touchSession(hash: string, idleUntil: number): Applied {
      touchSession.run(idleUntil, hash);
      return done;
    },
    endSession(hash: string): Applied {
      if (Number(endSession.run(hash).changes) === 0) {
        return { answer: "unknown", tookEffect: false };
      }
      return { answer: "ended", tookEffect: true };
    },
    purge(sessionsBefore: number, linksBefore: number): Applied {
      purgeSessions.run(sessionsBefore);
      purgeLinks.run(linksBefore);
      return done;
    },
  };
}

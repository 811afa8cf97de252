/** Agents, sign-in links and sessions as they are stored. */
import type { DatabaseSync } from "node:sqlite";
import type { PersonId } from "#/core/ids.ts";
import type {
  AgentCredential,
  SignInLink,
  SignInSession,
  StoredSignInLink,
} from "#/store/stored.ts";
import { plain } from "./plain-row.ts";
import { type Applied, done } from "./verbs.ts";

export function prepareIdentityReads(db: DatabaseSync) {
  const agents = db.prepare(`
    SELECT name, owner, scram_verifier AS scramVerifier, token_hash AS tokenHash, created_at AS createdAt
    FROM agents ORDER BY name`);
  const columns =
    "hash, person, assurance, vouchers, created_at AS createdAt, expires_at AS expiresAt";
  const link = db.prepare(`SELECT ${columns}, used FROM sign_in_links WHERE hash = ?`);
  const session = db.prepare(`
    SELECT ${columns}, idle_until AS idleUntil FROM sign_in_sessions WHERE hash = ?`);
  return {
    agents: () => agents.all().map(plain<AgentCredential>),
    link(hash: string): StoredSignInLink | null {
      const row = link.get(hash);
      if (row === undefined) return null;
      return { ...plain<SignInLink>(row), vouchers: vouchersOf(row), used: row["used"] !== 0 };
    },
    session(hash: string): SignInSession | null {
      const row = session.get(hash);
      return row === undefined ? null : { ...plain<SignInSession>(row), vouchers: vouchersOf(row) };
    },
  };
}

function vouchersOf(row: Readonly<Record<string, unknown>>): readonly PersonId[] {
  return JSON.parse(String(row["vouchers"])) as readonly PersonId[];
}

export function prepareIdentityWrites(db: DatabaseSync) {
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
    saveAgent(agent: AgentCredential): Applied {
      const { name, owner, scramVerifier, tokenHash, createdAt } = agent;
      saveAgent.run(name, owner, scramVerifier, tokenHash, createdAt);
      return done;
    },
    personSince(person: PersonId, now: number): Applied {
      meet.run(person, now);
      return { answer: Number(since.get(person)?.["since"]), tookEffect: true };
    },
    saveLink(made: SignInLink): Applied {
      saveLink.run({ ...made, vouchers: JSON.stringify(made.vouchers) });
      return done;
    },
    redeemLink(hash: string, session: SignInSession): Applied {
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

/** Answers read verbs from the tables. */
import type { DatabaseSync } from "node:sqlite";
import type { Sealer } from "#/store/ledger.ts";
import type { StoredRecord } from "#/store/stored.ts";
import { prepareActionReader } from "./action-rows.ts";
import { prepareExecutionReader } from "./execution-rows.ts";
import { prepareIdentityReads } from "./identity-rows.ts";
import { prepareLabelReader } from "./label-rows.ts";
import type { LogReader } from "./log-rows.ts";
import { plain } from "./plain-row.ts";
import { prepareReviewReads } from "./review-rows.ts";
import { prepareToolReader } from "./tool-rows.ts";
import { preparePseudonymReader } from "./vault-rows.ts";
import type { ReadAnswer, ReadVerb } from "./verbs.ts";

export type Read = (read: ReadVerb) => ReadAnswer;

export function prepareReads(db: DatabaseSync, log: LogReader, sealer: Sealer): Read {
  const reviews = prepareReviewReads(db, sealer);
  const identities = prepareIdentityReads(db);
  const actions = prepareActionReader(db);
  const pseudonyms = preparePseudonymReader(db);
  const labels = prepareLabelReader(db, sealer);
  const tools = prepareToolReader(db);
  const pendingExecutions = prepareExecutionReader(db);
  return (read) => {
    switch (read.verb) {
      case "review":
        return reviews.one(read.id);
      case "reviews":
        return reviews.newest(read.query);
      case "detachedReviews":
        return reviews.detached(read.joinKey);
      case "deniedReview":
        return reviews.denied(read.joinKey);
      case "unknownRun":
        return reviews.unknownRun(read.joinKey);
      case "dueReviews":
        return reviews.due(read.now, read.limit);
      case "openReviews":
        return reviews.openOn(read.connection);
      case "unsettledReviews":
        return reviews.unsettled();
      case "reviewStates":
        return reviews.states(read.ids);
      case "pendingCounts":
        return reviews.pendingCounts(read.by, read.max);
      case "changes":
        return reviews.changed(read.cursor, read.limit);
      case "pendingExecutions":
        return pendingExecutions();
      case "agents":
        return identities.agents();
      case "signInLink":
        return identities.link(read.hash);
      case "signInSession":
        return identities.session(read.hash);
      case "pseudonyms":
        return pseudonyms(read.scope, read.after, read.limit);
      case "keptLabels":
        return labels(read.after, read.limit);
      case "tools":
        return tools(read.connection);
      case "latestChange":
        return log.head().changed;
      case "logHead": {
        const { size, checkpoint } = log.head();
        return { size, checkpoint };
      }
      case "records":
        return log.records(read.from, read.limit).map(plain<StoredRecord>);
      case "recordsOfAction":
        return log.recordsOfAction(read.action, read.limit).map(plain<StoredRecord>);
      case "actionRecords":
        return actions.walk(read.query);
      case "latestExecutions":
        return read.actions.map((action) => actions.outcome(action));
      case "policyActivation":
        return actions.activation(read.policySet);
      case "nodes":
        return read.addresses.map((address) => log.node(address));
      case "payloads":
        return read.indexes.map((index) => log.payload(index));
    }
  };
}

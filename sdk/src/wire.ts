/**
 * The JSON that goes over the API and out of `--json`. Fields may be added, never renamed.
 * Times are ISO-8601 UTC; what is absent is null.
 */

export type ReviewState =
  | "pending"
  | "approved"
  | "denied"
  | "changes_requested"
  | "expired"
  | "cancelled"
  | "voided";

export type VerdictKind = "approve" | "deny" | "request_changes";

export interface Reason {
  readonly policy: string;
  readonly text: string;
}

export interface QuorumGroup {
  readonly group: string;
  readonly needed: number;
  /** Names of the people whose approval fills a slot of this group. */
  readonly given: readonly string[];
}

/** One entry of `inbox --json`. */
export interface ReviewSummary {
  readonly id: string;
  readonly actionId: string;
  /** What would happen, where, in a sentence made from facts alone. */
  readonly headline: string;
  readonly state: ReviewState;
  /** What has voided it: policy, or a person who has rejected how the tool is defined; null while nothing has. */
  readonly voidedBy: "policy" | "rejection" | null;
  readonly verb: string;
  readonly connection: string;
  readonly environment: string;
  readonly principal: { readonly kind: string; readonly name: string };
  readonly onBehalfOf: string | null;
  /** As people may see it: literals that hold something sensitive are replaced, such as by `<EMAIL_1>`. */
  readonly command: string;
  readonly digest: string;
  readonly reasons: readonly Reason[];
  readonly quorum: readonly QuorumGroup[];
  readonly openedAt: string;
  readonly expiresAt: string;
}

/**
 * Where an action runs: the upstream's address and, of a database, its name and the role that the gateway uses there. Of an MCP
 * server these are null.
 */
export interface Upstream {
  readonly endpoint: string;
  readonly database: string | null;
  readonly role: string | null;
}

/**
 * A part of what is shown in whose place something else was sent. What stands there says what it is, and which: `<EMAIL_1>`
 * is the same address throughout one view. An edit may keep it, and means what was sent.
 */
export interface MaskedPart {
  /** Names what a reveal shows, such as `command/1` or `parameters/2`. Of a command that can't be read all parts have one. */
  readonly field: string;
  readonly of:
    | "agentReason"
    | "command"
    | "parameters"
    | "data"
    | "asked.command"
    | "asked.parameters";
  /** Where in a list, from 0: `[1]` is $2; of data the row and the value. Empty of a command and of the agent's reason. */
  readonly path: readonly number[];
  /** In UTF-16 code units of the text that is shown; the end is exclusive. */
  readonly start: number;
  readonly end: number;
  /** What was found, such as `email`; `unscanned` where it could not be looked at. */
  readonly entities: readonly string[];
  /** Whether the caller may reveal it, all that was found considered. */
  readonly mayReveal: boolean;
  /** The caller has revealed it. */
  readonly revealed: boolean;
}

/** What the caller is shown of a review, as far as a decision rests on it. */
export interface View {
  /** SHA-256 in lower-case hex. A verdict names it, and stands for what was seen. */
  readonly digest: string;
  /** Which masker made it. */
  readonly masker: string;
  /** Entities that the caller has revealed. */
  readonly revealed: readonly string[];
  /** Fields that the caller has to reveal before they can approve. */
  readonly mustReveal: readonly string[];
}

/** A bound value. */
export interface Parameter {
  /** The type's object id, 0 where the client left it open. */
  readonly type: number;
  readonly format: "text" | "binary";
  /** As people may see it. Bytes that are no text as `\x` and hex; null is SQL's NULL. */
  readonly text: string | null;
}

/** What a COPY FROM STDIN would load, or was held with. */
export interface LoadedData {
  readonly format: "text" | "csv" | "binary";
  /** Of the data, in lower-case hex: such as of the file that was loaded. */
  readonly sha256: string;
  readonly bytes: number;
  /** Null where the data is not in its format. */
  readonly rows: number | null;
  readonly columns: readonly string[];
  /** As many and as much of each as may be shown. */
  readonly firstRows: readonly {
    readonly values: readonly Parameter[];
    readonly isCut: boolean;
  }[];
}

/** What the command's own grammar tells. */
export type Facts = StatementFacts | CallFacts;

export interface StatementFacts {
  readonly family: "sql";
  readonly kinds: readonly string[];
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly functions: readonly string[];
  readonly filtered: boolean;
  /** It does more with a masked or sensitive column than to return it. */
  readonly maskedUse: boolean;
  readonly opaque: string | null;
}

/** Of a call of an MCP server's tool, resource or prompt. Its arguments are the command's. */
export interface CallFacts {
  readonly family: "mcp";
  /** The last four are what the gateway asks by itself. */
  readonly method:
    | "tools/call"
    | "resources/read"
    | "prompts/get"
    | "tools/list"
    | "server/discover"
    | "initialize"
    | "oauth/token";
  /** The tool's or prompt's name, or the resource's URI; empty of what the gateway asks by itself. */
  readonly name: string;
  /** The server's own word, which nobody has to believe. */
  readonly claims: {
    readonly readOnly: boolean;
    readonly destructive: boolean;
    readonly idempotent: boolean;
    readonly openWorld: boolean;
  };
  /** How the tool's definition stands to the one that was pinned. */
  readonly definition: "pinned" | "first" | "changed" | "rejected" | "unknown";
  /** What the gateway takes the tool for. */
  readonly toolClass: "read" | "write" | "destructive" | "send" | "unknown";
}

export interface GivenVerdict {
  readonly kind: VerdictKind;
  readonly person: string;
  readonly assurance: string;
  readonly comment: string | null;
  /** Approved for no more rows than this; null where they set no number. */
  readonly maxRows: number | null;
  /** What was measured when it was approved; then no more than that was approved, unless `maxRows` says else. */
  readonly measuredRows: number | null;
  /** The view that it was given on; null where it named none. */
  readonly viewDigest: string | null;
  /** Entities that its giver had revealed. */
  readonly revealed: readonly string[];
  readonly at: string;
  /** False for a verdict on an earlier revision. */
  readonly counts: boolean;
}

/** An edit by a reviewer, which waits or ran in place of what stood there before. */
export interface GivenOverride {
  readonly person: string;
  readonly comment: string;
  readonly at: string;
  /** The revision that it made. */
  readonly revision: number;
  /** It provably does no more than what stood there before, and was its editor's approval. */
  readonly narrows: boolean;
}

/** How much an action would touch, as far as the upstream could tell before it ran. */
export interface Effect {
  /** `measured`: counted in a run that was rolled back; `estimated`: by the planner. */
  readonly basis: "measured" | "estimated" | "unknown";
  /** Null where it is unknown. */
  readonly rows: number | null;
  readonly at: string;
  /** Why it is unknown. */
  readonly reason: string | null;
  /** What the number leaves out, or what finding it out has left behind. */
  readonly caveat: string | null;
  /** Some of the rows that were measured, masked; null where none can be shown. */
  readonly sample: Sample | null;
}

/** Some of the rows that a statement would touch, before and after; rows that change first. */
export interface Sample {
  /** `schema.name`. */
  readonly relation: string;
  readonly columns: readonly SampleColumn[];
  /** How many more the relation has. */
  readonly columnsMore: number;
  readonly rows: readonly SampleRow[];
}

export interface SampleColumn {
  readonly name: string;
  /** As the database writes it. */
  readonly type: string;
  /** Of the primary key. */
  readonly isKey: boolean;
  /** The configuration marks it so. */
  readonly sensitive: boolean;
}

export interface SampleRow {
  /** Null of a row that would come; in the order of the columns. */
  readonly before: readonly SampleValue[] | null;
  /** Null of a row that would go. */
  readonly after: readonly SampleValue[] | null;
  /** Places of the columns that would differ. */
  readonly changed: readonly number[];
}

export interface SampleValue {
  /** Null is SQL's NULL. */
  readonly text: string | null;
  /** Something of it was replaced, or all of it. */
  readonly isMasked: boolean;
  readonly isCut: boolean;
}

/** What a read touches, by its text and the upstream's catalogue. */
export interface Touched {
  /** Those with marked columns first. Null where it can't be told. */
  readonly relations:
    | readonly {
        /** `schema.name`. */
        readonly name: string;
        /** What it reads of others stands beside it under their names. */
        readonly isView: boolean;
        /** Those that are marked first. */
        readonly columns: readonly { readonly name: string; readonly sensitive: boolean }[];
        readonly columnsMore: number;
      }[]
    | null;
  /** How many more there are than are named. */
  readonly relationsMore: number;
  /** What may be touched besides; or, where it can't be told, why. */
  readonly besides: readonly string[];
  readonly at: string;
}

/** The transaction in which a session waits: what others have to go without meanwhile. */
export interface OpenTransaction {
  /** Null where it could not be read. */
  readonly since: string | null;
  /** As the server names both; the strongest of each when it began to wait. Null where they could not be read. */
  readonly locks: readonly { readonly on: string; readonly mode: string }[] | null;
  /** How many more there were than are named. */
  readonly locksMore: number;
  /** Other sessions that wait for one of its locks; null where that is not known. */
  readonly blocks: number | null;
  /** When that was looked at. */
  readonly at: string;
}

/** What is masked in what is returned: values of a kind wherever they are found, or all that a column holds. */
export interface ResultMask {
  /** Such as `email`, or of a column `schema.table.column`. */
  readonly target: string;
  readonly masker: "redact" | "hash" | "tokenise" | "partial";
}

export interface RowLimit {
  readonly max: number;
  /** `rule`: of policies; `reviewer`: set by an approver; `measured`: what an approver was shown. */
  readonly by: "rule" | "reviewer" | "measured";
  /** The rule's id, or the approver's name. */
  readonly name: string;
}

/** What the session of an agent had read by the time at which an action of it was decided on. */
export interface SessionReads {
  /** By connection: confidential data first, then what anybody may have written. */
  readonly from: readonly {
    readonly connection: string;
    /** What its answers are, on its owner's word, or `untrusted` on its server's own where they say nothing; null where neither does. */
    readonly data: "public" | "internal" | "confidential" | "untrusted" | null;
    /** By which tools, as far as its server lists them. */
    readonly tools: readonly string[];
    readonly toolsMore: number;
    /** When it first read there, and when last. */
    readonly since: string;
    readonly at: string;
  }[];
  /** How many more connections there are than are named. */
  readonly fromMore: number;
  /** What of it was masked, such as `email`. */
  readonly masked: readonly string[];
  /** More was read than is kept apart: then everything counts as read. */
  readonly isMore: boolean;
}

/** What in a tool's definition hides, gives orders, or asks for what the tool has no use for. */
export interface ToolFlag {
  /** Such as `bidirectional`. */
  readonly kind: string;
  /** The same in words. */
  readonly what: string;
  /** Keys that lead to the text, by dots. */
  readonly at: string;
  readonly words: string;
}

/** One review, whole. */
export interface ReviewDetail extends ReviewSummary {
  /** One more with each change of the review. */
  readonly version: number;
  readonly verbs: readonly string[];
  readonly revision: number;
  /**
   * Why the agent says that it wants this, as people may see it: its claim, in its own words, which nothing checks. Null where it says
   * nothing.
   */
  readonly agentReason: string | null;
  /** What the caller is shown, and what a verdict of theirs names. */
  readonly view: View;
  /** The first 1,000 of the parts that are masked, in the order in which they are shown. */
  readonly masked: readonly MaskedPart[];
  /** How many more there are. */
  readonly maskedMore: number;
  readonly upstream: Upstream;
  readonly parameters: readonly Parameter[];
  /** Null where none comes with the command. Where it does, the command can't be edited. */
  readonly data: LoadedData | null;
  readonly facts: Facts;
  /** Of the definition of the tool that is called; empty of everything else. */
  readonly flags: readonly ToolFlag[];
  /** Null of a statement. */
  readonly reads: SessionReads | null;
  /** No part of the digest; null where there is no such number, or none yet. */
  readonly effect: Effect | null;
  /** Why no limit of rows can be kept; null where one can. */
  readonly uncounted: string | null;
  /** How many rows it may touch, as far as rules and approvals say by now; null: as many as there are. */
  readonly rowLimit: RowLimit | null;
  /** Of all its rules, the strictest of each target. */
  readonly masks: readonly ResultMask[];
  /** Whether `POST /reviews/{id}/preview` would measure it now. */
  readonly mayPreview: boolean;
  /** Null for what does not only read, and while it is not known. */
  readonly touched: Touched | null;
  /** The least assurance of a verdict that counts. */
  readonly assurance: string;
  readonly policySet: string;
  readonly verdicts: readonly GivenVerdict[];
  /** Oldest first. */
  readonly overrides: readonly GivenOverride[];
  /** What the caller itself sent, once a reviewer has edited it; null before. */
  readonly asked: {
    readonly command: string;
    readonly parameters: readonly Parameter[];
  } | null;
  /** Whether a session waits for it right now. */
  readonly attached: boolean;
  /** In which it waits; null where it waits in none that its client has opened, or it is not known yet. */
  readonly transaction: OpenTransaction | null;
  readonly execution: {
    readonly state: string;
    readonly detail: string | null;
    readonly finishedAt: string | null;
  } | null;
  readonly note: string | null;
  readonly decidedAt: string | null;
  /** Whether the caller may decide on it now, and if not, why. */
  readonly mayDecide: {
    readonly allowed: boolean;
    readonly reason: string | null;
    /** Whether they may at least deny it or ask for changes, as somebody may who has edited it. */
    readonly refuse: boolean;
  };
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Hand it back as `cursor` for the next page; null at the end. */
  readonly next: string | null;
}

export interface VerdictRequest {
  readonly verdict: VerdictKind;
  /** The digest of the action that was judged. */
  readonly digest: string;
  readonly comment: string | null;
  /** Approve no more rows than this. Null: as many as the view says were measured, or as the rules allow. */
  readonly maxRows: number | null;
  /**
   * `view.digest` of the reading that was judged. An approval of a view whose number of rows is no longer the review's is
   * refused. Null: the least number that was measured while this action waited is what it approves.
   */
  readonly viewDigest: string | null;
}

export interface RevealRequest {
  /** The digest of the action that is meant. */
  readonly digest: string;
  /** Of a masked part. */
  readonly field: string;
}

/** Not to be kept: it is on record that the caller has seen it. */
export interface RevealAnswer {
  readonly id: string;
  readonly digest: string;
  readonly field: string;
  readonly entities: readonly string[];
  /** As it was sent: what stands in the place of the masked part. */
  readonly text: string;
}

export interface VerdictAnswer {
  readonly id: string;
  readonly actionId: string;
  readonly state: ReviewState;
  readonly digest: string;
}

export interface OverrideRequest {
  /** The digest of the action that was edited. */
  readonly digest: string;
  /** What stands masked in what is shown may stay: it means what was sent, in the same place. */
  readonly command: string;
  /** As text; null is SQL's NULL. Null in place of the list keeps those of the action, as far as they are used. */
  readonly parameters: readonly (string | null)[] | null;
  readonly comment: string;
}

/** With the digest of the edited action. */
export interface OverrideAnswer extends VerdictAnswer {
  /** The edit provably narrows, and so is its editor's approval; if not, others have to approve. */
  readonly counted: boolean;
}

export interface PreviewRequest {
  /** The digest of the action that is meant. */
  readonly digest: string;
}

export interface PreviewAnswer {
  readonly id: string;
  readonly digest: string;
  readonly effect: Effect | null;
}

export interface Status {
  /** False while the gateway can't record, or is still starting. */
  readonly ready: boolean;
  readonly degraded: string | null;
  /** It runs on the bundled sample, without a configuration. */
  readonly quickstart: boolean;
  readonly version: string;
  readonly pid: number;
  readonly dataDir: string;
  readonly console: { readonly url: string; readonly signIn: string | null };
  readonly listeners: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
  readonly connections: readonly {
    readonly name: string;
    readonly kind: string;
    readonly environment: string;
    readonly agents: readonly {
      readonly name: string;
      readonly url: string | null;
      /** Of the quickstart's sample agent alone. */
      readonly token: string | null;
    }[];
    /** Null for agents. */
    readonly health: Health | null;
  }[];
  readonly log: { readonly size: number; readonly origin: string; readonly key: string };
  /** Whoever asks. An operator holds the data folder's credential where that is nobody's: no name. */
  readonly caller: {
    readonly kind: "person" | "operator" | "agent";
    readonly name: string | null;
    readonly groups: readonly string[];
    readonly administrator: boolean;
    /** When its session ends at the latest; null for a credential that is no session. */
    readonly signedInUntil: string | null;
  };
}

export type DecisionKind = "allow" | "deny" | "review";

/** One entry of the history: an action as it was decided. */
export interface ActionSummary {
  readonly id: string;
  readonly at: string;
  readonly decision: DecisionKind;
  readonly headline: string;
  /** The strongest of its verbs. */
  readonly verb: string;
  readonly connection: string;
  readonly environment: string;
  readonly principal: { readonly kind: string; readonly name: string };
  readonly onBehalfOf: string | null;
  /** As people may see it; in a list its first 1,000 characters at most. Null where the payload was erased. */
  readonly command: string | null;
  readonly commandIsCut: boolean;
  readonly reviewId: string | null;
  /** Of the review in which it was held, as it is now; null where it was not, or there is no such review. */
  readonly reviewState: ReviewState | null;
  /** What the log last says of its execution; null while nothing ran. */
  readonly outcome: {
    /** Such as `execution.completed`. */
    readonly type: string;
    readonly detail: string | null;
    readonly rows: number | null;
  } | null;
}

/** One action, whole, with the explanation of its decision and all its records. */
export interface ActionDetail extends ActionSummary {
  readonly digest: string;
  readonly verbs: readonly string[];
  /** Why the agent said that it wanted this, as people may see it: its claim. Null where it said nothing, or it was erased. */
  readonly agentReason: string | null;
  readonly upstream: Upstream | null;
  readonly parameters: readonly Parameter[];
  /** The first 1,000 of the parts that are masked, none of which can be revealed here: the review is where that is done. */
  readonly masked: readonly MaskedPart[];
  /** Null where none was kept with it: also of a COPY FROM STDIN that was allowed outright. */
  readonly data: LoadedData | null;
  readonly facts: Facts | null;
  /** Why it was denied: `forbidden`, `unmatched`, `policy_error`, `unsupported`, `uncounted`, `mistyped`, `rejected`; null where it was not. */
  readonly cause: string | null;
  /** The determining rules; `text` is empty where their words are no longer known. */
  readonly reasons: readonly Reason[];
  readonly quorum: readonly { readonly group: string; readonly needed: number }[];
  /** What was to be masked in what it returns. */
  readonly masks: readonly ResultMask[];
  readonly policySet: { readonly digest: string; readonly inForce: boolean };
  readonly records: readonly LogEntry[];
}

/** Whether sessions with an upstream can be had, as far as was heard last. */
export interface Health {
  readonly state: "unknown" | "reachable" | "failing";
  /** Since when it has been so; null where nothing was heard yet. */
  readonly since: string | null;
  /** When that was heard last, from a session or a test. */
  readonly heardAt: string | null;
  /** Of the last try, where that failed. */
  readonly failure: { readonly code: string; readonly message: string } | null;
  /** As the server said it last. */
  readonly serverVersion: string | null;
}

export interface ServerPrograms {
  readonly running: number;
  /** When one is started again that keeps ending by itself; null where none waits for that. */
  readonly startsAgainAt: string | null;
  /** The last that ended by itself; null where none has. */
  readonly lastEnd: {
    readonly at: string;
    readonly code: number | null;
    readonly signal: string | null;
  } | null;
  /** The last 20 lines that any of them wrote to standard error, masked. Null for who does not administer. */
  readonly said: readonly { readonly at: string; readonly text: string }[] | null;
}

export interface Connection {
  readonly name: string;
  readonly kind: string;
  readonly environment: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly upstream: Upstream;
  /** What its answers are, on its owner's word; null where they say nothing. */
  readonly data: SessionReads["from"][number]["data"];
  /** A connection string in which `AGENT` and `TOKEN` stand for an agent's own. */
  readonly url: string;
  readonly health: Health;
  /** Of a tool server that is a program which the gateway starts; null of every other. */
  readonly programs: ServerPrograms | null;
  /** Reviews of actions on it that wait now, 100 at most. */
  readonly pending: number;
}

/** One tool of an MCP server, in a list. Title and description are the server's own words. */
export interface ToolSummary {
  readonly name: string;
  /** How its definition stands to the one that was pinned. */
  readonly state: CallFacts["definition"];
  /** What the gateway takes it for. */
  readonly toolClass: CallFacts["toolClass"];
  /** Why it is taken for that. */
  readonly why: string;
  /** The first 200 characters. */
  readonly title: string | null;
  readonly description: string | null;
  /** How much of its definition is there for a model and not for a person. */
  readonly flags: number;
}

/** One tool, with how it is defined and how it was when it was accepted. */
export interface Tool extends ToolSummary {
  readonly connection: string;
  /** The server's own word, which nobody has to believe. */
  readonly claims: CallFacts["claims"];
  /** What of its definition hides, gives orders, or asks for what the tool has no use for. */
  readonly found: readonly ToolFlag[];
  /** As its server defines it now. */
  readonly offered: ToolDefinition;
  /** Null where it was never used, and nobody has accepted it. */
  readonly pinned:
    | (ToolDefinition & {
        readonly at: string;
        /** Who accepted it; null where it was pinned by its first use. */
        readonly person: string | null;
      })
    | null;
  /** Who has rejected it as it is offered, so that nothing of it runs; null where nobody has. */
  readonly rejected: { readonly at: string; readonly person: string } | null;
  /** From what is pinned to what is offered; the first 100. */
  readonly differences: readonly {
    /** Keys from the outermost on. */
    readonly path: readonly string[];
    /** Absent where nothing stood there. */
    readonly before?: unknown;
    /** Absent where nothing stands there any more. */
    readonly after?: unknown;
  }[];
}

export interface ToolDefinition {
  readonly digest: string;
  /** Such as `description` and `inputSchema`. */
  readonly content: Readonly<Record<string, unknown>>;
}

export interface JudgeToolRequest {
  readonly tool: string;
  /** `offered.digest` of the reading that was judged. */
  readonly digest: string;
}

export interface Agent {
  readonly name: string;
  /** Who answers for it, and can never approve for it. */
  readonly owner: string | null;
  readonly groups: readonly string[];
  /** Since when its token is good; null before it has one. */
  readonly tokenSince: string | null;
  /** Of the quickstart's sample agent alone. */
  readonly token: string | null;
  /** Its reviews that wait now, 100 at most. */
  readonly pending: number;
}

/** A session in a cookie, for browsers: nothing in the answer signs anybody in. */
export interface BrowserSession {
  readonly person: string;
  readonly expiresAt: string;
}

/**
 * The data of an event of `GET /events`. `hello` comes first, `changes` names reviews that changed since
 * the event before, `bye` says that the session has ended. The event's id is the cursor to resume from.
 */
export type StreamEvent =
  | { readonly event: "hello" }
  | { readonly event: "changes"; readonly reviews: readonly string[] }
  | { readonly event: "bye" };

/** One record of the log. What `bytes` say is all null where they can't be read as a record. */
export interface LogEntry {
  readonly index: number;
  readonly type: string | null;
  readonly at: string | null;
  readonly actionId: string | null;
  readonly reviewId: string | null;
  /** Lower-case hex, as stored beside the leaf. */
  readonly leafHash: string;
  readonly leaf: Readonly<Record<string, unknown>> | null;
  /** Base64 of the leaf exactly as it is hashed. */
  readonly bytes: string;
}

export interface LogVerification {
  readonly ok: boolean;
  readonly size: number;
  /** Base64; null where leaves are missing. */
  readonly root: string | null;
  /** Payloads that were erased; null where only leaves could be seen, as over the API. */
  readonly erased: number | null;
  readonly problems: readonly {
    readonly index: number | null;
    readonly code: string;
    readonly message: string;
  }[];
  /** The verifier key that was used. */
  readonly key: string;
  /** A key that came with what was verified shows only that it is whole, not whose it is. */
  readonly keyFrom: "outside" | "folder" | "gateway";
}

export interface CreatedAgent {
  readonly name: string;
  /** Shown once. */
  readonly token: string;
  readonly urls: readonly { readonly connection: string; readonly url: string }[];
}

export interface CreatedLink {
  readonly person: string;
  readonly url: string;
  readonly expiresAt: string;
}

export interface SignedIn {
  readonly person: string;
  readonly token: string;
  readonly expiresAt: string;
}

/** The body of every failure (RFC 9457), with the stable code. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  /** Every problem, where the code stands for several at once. */
  readonly problems: readonly string[];
  /** Finds an unexpected failure in the gateway's own log. */
  readonly errorId: string | null;
}

/** What a command prints under `--json` when it fails. */
export interface Failure {
  readonly error: { readonly code: string; readonly message: string };
}

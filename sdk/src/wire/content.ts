/** What people are shown of an action: parameters, data, what of it is masked, what its session had read. */

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

/** What is masked in what is returned: values of a kind wherever they are found, or all that a column holds. */
export interface ResultMask {
  /** Such as `email`, or of a column `schema.table.column`. */
  readonly target: string;
  readonly masker: "redact" | "hash" | "tokenise" | "partial";
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
  /** That, because nothing was kept of what was read before the gateway was updated. */
  readonly isUnknown?: true | undefined;
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

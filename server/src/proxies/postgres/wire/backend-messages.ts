/** What a server says, as data. */
import type { ErrorFieldName, Format } from "./codec.ts";

export type ErrorFields = Readonly<Partial<Record<ErrorFieldName, string>>>;

/** What the gateway's own errors and notices say. `severityText` is filled from `severity`. */
export interface OutgoingErrorFields extends ErrorFields {
  readonly severity: string;
  /** The SQLSTATE. */
  readonly code: string;
  readonly message: string;
}

export type TransactionStatus = "idle" | "transaction" | "failed";

export interface ColumnDescription {
  readonly name: string;
  /** 0 when the column is not simply one of a table. */
  readonly tableOid: number;
  /** The attribute's number in that table; system columns are negative, 0 as above. */
  readonly columnNumber: number;
  readonly typeOid: number;
  readonly typeSize: number;
  readonly typeModifier: number;
  /** Not known, so 0, where a statement and not a portal is described. */
  readonly format: Format;
}

export interface CopyResponse {
  readonly kind: "copy_in_response" | "copy_out_response" | "copy_both_response";
  readonly format: Format;
  readonly columnFormats: readonly Format[];
}

export type AuthenticationMessage =
  | { readonly kind: "authentication_ok" }
  | { readonly kind: "authentication_cleartext" }
  | { readonly kind: "authentication_md5"; readonly salt: Buffer }
  | { readonly kind: "authentication_sasl"; readonly mechanisms: readonly string[] }
  | { readonly kind: "authentication_sasl_continue"; readonly data: Buffer }
  | { readonly kind: "authentication_sasl_final"; readonly data: Buffer }
  | { readonly kind: "authentication_unsupported"; readonly request: number };

export type BackendMessage =
  | AuthenticationMessage
  | CopyResponse
  | { readonly kind: "backend_key_data"; readonly processId: number; readonly secret: Buffer }
  | { readonly kind: "bind_complete" }
  | { readonly kind: "close_complete" }
  | { readonly kind: "command_complete"; readonly tag: string }
  | { readonly kind: "copy_data"; readonly data: Buffer }
  | { readonly kind: "copy_done" }
  | { readonly kind: "data_row"; readonly values: readonly (Buffer | null)[] }
  | { readonly kind: "empty_query_response" }
  | { readonly kind: "error_response"; readonly fields: ErrorFields }
  | { readonly kind: "function_call_response"; readonly value: Buffer | null }
  | {
      readonly kind: "negotiate_protocol_version";
      readonly minor: number;
      readonly unknownOptions: readonly string[];
    }
  | { readonly kind: "no_data" }
  | { readonly kind: "notice_response"; readonly fields: ErrorFields }
  | {
      readonly kind: "notification_response";
      readonly processId: number;
      readonly channel: string;
      readonly payload: string;
    }
  | { readonly kind: "parameter_description"; readonly typeOids: readonly number[] }
  | { readonly kind: "parameter_status"; readonly name: string; readonly value: string }
  | { readonly kind: "parse_complete" }
  | { readonly kind: "portal_suspended" }
  | { readonly kind: "ready_for_query"; readonly status: TransactionStatus }
  | { readonly kind: "row_description"; readonly columns: readonly ColumnDescription[] };

/** The requests of an authentication message. */
export const authentication = {
  ok: 0,
  cleartext: 3,
  md5: 5,
  sasl: 10,
  saslContinue: 11,
  saslFinal: 12,
} as const;

export const statusCodes: Readonly<Record<TransactionStatus, number>> = {
  idle: 0x49,
  transaction: 0x54,
  failed: 0x45,
};

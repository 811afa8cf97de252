/** What a client says after the start-up packet, as data. */
import type { Format } from "./codec.ts";

export interface QueryMessage {
  readonly kind: "query";
  readonly sql: string;
}

export interface ParseMessage {
  readonly kind: "parse";
  /** Empty for the unnamed statement. */
  readonly name: string;
  readonly sql: string;
  /** Type OIDs; 0 leaves the type to the server. May be shorter than the list of parameters. */
  readonly parameterTypes: readonly number[];
}

export interface BindMessage {
  readonly kind: "bind";
  readonly portal: string;
  readonly statement: string;
  /** None: all text. One: for all. Else one for each parameter. */
  readonly parameterFormats: readonly Format[];
  readonly parameters: readonly (Buffer | null)[];
  readonly resultFormats: readonly Format[];
}

export type Target = "statement" | "portal";

export interface DescribeMessage {
  readonly kind: "describe";
  readonly target: Target;
  readonly name: string;
}

export interface ExecuteMessage {
  readonly kind: "execute";
  readonly portal: string;
  /** 0 is no limit; so is, on a server, anything below. */
  readonly rowsMax: number;
}

export interface CloseMessage {
  readonly kind: "close";
  readonly target: Target;
  readonly name: string;
}

export interface FunctionCallMessage {
  readonly kind: "function_call";
  readonly functionOid: number;
  readonly argumentFormats: readonly Format[];
  readonly arguments: readonly (Buffer | null)[];
  readonly resultFormat: Format;
}

export type FrontendMessage =
  | QueryMessage
  | ParseMessage
  | BindMessage
  | DescribeMessage
  | ExecuteMessage
  | CloseMessage
  | FunctionCallMessage
  | { readonly kind: "copy_data"; readonly data: Buffer }
  | { readonly kind: "copy_done" }
  | { readonly kind: "copy_fail"; readonly reason: string }
  /** A password or a SASL answer: which of them, only the state of the sign-in tells. */
  | { readonly kind: "sign_in" }
  | { readonly kind: "sync" }
  | { readonly kind: "flush" }
  | { readonly kind: "terminate" };

export interface SaslInitialResponse {
  readonly mechanism: string;
  readonly data: Buffer | null;
}

/** How Describe and Close say which of the two they mean. */
export const targets: Readonly<Record<Target, number>> = { statement: 0x53, portal: 0x50 };

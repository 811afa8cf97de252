/**
 * The data of an event of `GET /events`. `hello` comes first, `changes` names reviews that changed since
 * the event before, `bye` says that the session has ended. The event's id is the cursor to resume from.
 */
export type StreamEvent =
  | { readonly event: "hello" }
  | { readonly event: "changes"; readonly reviews: readonly string[] }
  | { readonly event: "bye" };

/** Methods that are about other requests, and where they name them. */

export const cancelledMethod = "notifications/cancelled";
export const progressMethod = "notifications/progress";
/** Of 2026-07-28: it is answered when it ends. */
export const listenMethod = "subscriptions/listen";

/** In params of a request. */
export const progressTokenPath = ["_meta", "progressToken"] as const;
/** In params of a notification of each method. */
export const namedPaths: ReadonlyMap<string, readonly string[]> = new Map([
  [cancelledMethod, ["requestId"]],
  [progressMethod, ["progressToken"]],
]);
/** In params of any other, and in the result of `subscriptions/listen`. */
export const subscriptionPath = ["_meta", "io.modelcontextprotocol/subscriptionId"] as const;

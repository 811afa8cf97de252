/** What is known of what a session has read. */

/** What a connection's answers are, on its owner's word. `untrusted`: anybody may have written them. */
export const dataClasses = ["public", "internal", "confidential", "untrusted"] as const;
export type DataClass = (typeof dataClasses)[number];

/** More was read than is kept apart: whatever a rule asks for may be among it. */
export const overflowLabel = "everything";

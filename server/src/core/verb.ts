/** What can be done to a resource. The opaque, schema and admin verbs belong to no family (SEMANTICS §3). */
export const families = ["sql", "mcp", "http", "llm", "git", "shell", "custom", "admin"] as const;
export type Family = (typeof families)[number];

export const verbs = [
  "sql.preview",
  "sql.read",
  "sql.write",
  "sql.schema",
  "sql.admin",
  "sql.opaque",
] as const;
export type Verb = (typeof verbs)[number];

/** Verbs that a rule for the whole family covers; all others must be named. */
export const familyMembers: Readonly<Record<"sql", readonly Verb[]>> = {
  sql: ["sql.read", "sql.write"],
};

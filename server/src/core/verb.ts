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
  "mcp.read",
  "mcp.call",
] as const;
export type Verb = (typeof verbs)[number];

/** Verbs that a rule for the whole family covers; all others must be named. */
export const familyMembers: Readonly<Record<"sql" | "mcp", readonly Verb[]>> = {
  sql: ["sql.read", "sql.write"],
  mcp: ["mcp.read", "mcp.call"],
};

export function familyOf(verb: Verb): keyof typeof familyMembers {
  return verb.startsWith("mcp.") ? "mcp" : "sql";
}

/** Whether it leaves what it acts on as it is. What a tool server does, whatever it is asked, only that server knows. */
export function isRead(verb: Verb): boolean {
  return verb === "sql.read";
}

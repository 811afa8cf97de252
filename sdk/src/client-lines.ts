/**
 * What an agent's owner puts into a client, so that it comes to a connection through the gateway.
 *
 * Guarantees that a shell takes what is pasted for the words that it is made of, whatever is in them.
 */

export function psqlCommand(url: string): string {
  return `psql ${shellWord(url)}`;
}

export function environmentLine(url: string): string {
  return `export DATABASE_URL=${shellWord(url)}`;
}

/** Puts a tool server into Claude Code's configuration. */
export function claudeCommand(name: string, url: string, token: string): string {
  return `claude mcp add --transport http ${shellWord(name)} ${shellWord(url)} --header ${shellWord(bearer(token))}`;
}

/** The same for the clients that read `mcpServers`, which are most. */
export function httpEntry(name: string, url: string, token: string): string {
  const server = { type: "http", url, headers: { Authorization: bearerValue(token) } };
  return JSON.stringify({ mcpServers: { [name]: server } });
}

/** Where the server is a program on the agent's machine: the command stands in its place, and `COMMAND` for what starts it. */
export function clientEntry(name: string, url: string, token: string): string {
  const gateway = url.slice(0, url.indexOf("/mcp/"));
  const args = ["mcp", "--connection", name, "--url", gateway, "--", "COMMAND"];
  const env = { COUNTERSIGN_AGENT_TOKEN: token };
  return JSON.stringify({ mcpServers: { [name]: { command: "countersign", args, env } } });
}

/** Without quotes where none are needed; with those that every shell knows where they do. */
export function shellWord(text: string): string {
  if (/^[\w@%+:,./-]+$/.test(text)) return text;
  if (/^[^"$`\\!\p{Cc}%]+$/u.test(text)) return `"${text}"`;
  // In a POSIX shell nothing is special between single quotes but the quote itself.
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function bearer(token: string): string {
  return `Authorization: ${bearerValue(token)}`;
}

function bearerValue(token: string): string {
  return `Bearer ${token}`;
}

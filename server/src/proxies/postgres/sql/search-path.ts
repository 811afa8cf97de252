/** Schemas in the order in which the session looks for a name, from the text of `search_path`. */
export function parseSearchPath(text: string, role: string): readonly string[] {
  const names = text.match(/"(?:[^"]|"")*"|[^",\s]+/g) ?? [];
  const schemas = names.map((name) => {
    // What is not quoted counts in lower case, of which the server knows ASCII's here.
    const plain = name.startsWith('"')
      ? name.slice(1, -1).replaceAll('""', '"')
      : name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
    return plain === "$user" ? role : plain;
  });
  // The system's schema is searched first where the path does not place it itself.
  return schemas.includes("pg_catalog") ? schemas : ["pg_catalog", ...schemas];
}

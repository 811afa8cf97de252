/** Tools whose definition is pinned, in their table. */
import type { DatabaseSync } from "node:sqlite";
import type { PinnedTool } from "#/core/tool-pin.ts";
import type { Applied } from "./verbs.ts";

export function prepareToolWrites(db: DatabaseSync) {
  const version = db.prepare("SELECT version FROM tools WHERE connection = ? AND name = ?");
  const put = db.prepare(
    "INSERT OR REPLACE INTO tools (connection, name, version, document) VALUES (?, ?, ?, ?)",
  );
  return {
    save(tool: PinnedTool): Applied {
      const known = Number(version.get(tool.connection, tool.name)?.["version"] ?? 0);
      if (known !== tool.version - 1) return { answer: "conflict", tookEffect: false };
      put.run(tool.connection, tool.name, tool.version, JSON.stringify(tool));
      return { answer: "saved", tookEffect: true };
    },
  };
}

/** What documents from before a field was added mean by its absence. */
const laterFields = { rejected: null } as const;

export function prepareToolReader(db: DatabaseSync) {
  const all = db.prepare("SELECT document FROM tools WHERE connection = ? ORDER BY name");
  return (connection: string): readonly PinnedTool[] =>
    all.all(connection).map((row) => {
      const stored = JSON.parse(String(row["document"])) as PinnedTool;
      return { ...laterFields, ...stored };
    });
}

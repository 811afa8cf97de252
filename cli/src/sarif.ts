/** Findings as SARIF 2.1.0 (OASIS), for what shows them beside code. */
import { version } from "./version.ts";

/** Where something was found, never what. */
export interface FoundAt {
  readonly entity: string;
  readonly rule: string | null;
  readonly confidence: number | null;
  readonly line: number;
  readonly column: number | null;
  readonly path: string | null;
}

export function sarifOf(file: string, findings: readonly FoundAt[]): unknown {
  const ids = [...new Set(findings.map(({ entity }) => entity))].toSorted();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "countersign scan",
            version,
            rules: ids.map((id) => ({
              id,
              shortDescription: { text: `${id.replaceAll("_", " ")} in clear` },
            })),
          },
        },
        columnKind: "utf16CodeUnits",
        results: findings.map(({ entity, rule, line, column, path }) => ({
          ruleId: entity,
          ruleIndex: ids.indexOf(entity),
          level: "error",
          message: { text: [entity, rule, path].filter((part) => part !== null).join(", ") },
          locations: [
            {
              physicalLocation: {
                artifactLocation: {
                  uri: file === "-" ? "stdin" : encodeURI(file.replaceAll("\\", "/")),
                },
                region: { startLine: line, ...(column === null ? {} : { startColumn: column }) },
              },
            },
          ],
        })),
      },
    ],
  };
}

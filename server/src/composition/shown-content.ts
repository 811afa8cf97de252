/** How what people are shown is masked, and who may see what of it. */
import type { ApiDeps } from "#/api/deps.ts";
import type { MaskingDeps } from "#/api/masked-content.ts";
import type { Config } from "#/config/load.ts";
import { revealRightsOf } from "#/config/reveal-rights.ts";
import { readColumnMark } from "#/core/column-mark.ts";
import { jsonLeaves } from "#/core/json-leaves.ts";
import { maskAction } from "#/masking/action/mask-action.ts";
import { maskComment } from "#/masking/action/mask-comment.ts";
import { rememberMasked } from "#/masking/action/remember-masked.ts";
import type { Finder } from "#/masking/finder.ts";
import type { Classifier } from "#/proxies/postgres/sql/facts.ts";

export function shownContent(
  config: Config,
  finder: () => Promise<Finder>,
  classifier: Classifier,
): MaskingDeps & Pick<ApiDeps, "revealRights"> {
  const marks = new Map(
    config.connections.map((connection) => [
      connection.name,
      connection.kind === "postgres" ? connection.sensitive.map(readColumnMark) : [],
    ]),
  );
  return {
    mask: rememberMasked(async (content) => maskAction(await finder(), content, pause)),
    maskComment: async (comment) => maskComment(await finder(), comment),
    literalsOf: (family, command) =>
      family === "sql" ? classifier.classify(command).facts.literals : jsonLeaves(command),
    marksOf: (connection) => marks.get(connection) ?? [],
    revealRights: (connection) => revealRightsOf(config, connection),
  };
}

/** What is for people makes way for what is for agents. */
function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

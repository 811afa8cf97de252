/** What waits for people: to be looked at, decided on, edited. */
import { Option } from "commander";
import { override } from "../commands/override.ts";
import { reveal } from "../commands/reveal.ts";
import { inbox, reviewStates, show } from "../commands/reviews.ts";
import { decide } from "../commands/verdicts.ts";
import { type Add, rowsOf, withJson, withUrl } from "./options.ts";

export const addReviewCommands: Add = (program, context, finish) => {
  const states = new Option("--state <state>", "which reviews")
    .choices([...reviewStates, "all"])
    .default("pending");
  withJson(withUrl(program.command("inbox").description("what waits for a decision")))
    .addOption(states)
    .action((options) => finish(inbox(context, options)));
  withJson(withUrl(program.command("show <id>").description("one review, and how to decide on it")))
    .option("--all", "the whole of what would run, however much it is")
    .action((id: string, options) => finish(show(context, id, options)));
  withJson(
    withUrl(
      program.command("reveal <id> <field>").description("what stands masked there, on record"),
    ),
  ).action((id: string, field: string, options) => finish(reveal(context, id, field, options)));
  for (const { name, verdict, description, why } of verdictCommands) {
    // That the message is there is asked in one place, with one sentence: `decide`.
    const usage = verdict === "approve" ? "<id> [options]" : '<id> -m "…" [options]';
    const command = withJson(withUrl(program.command(`${name} <id>`).description(description)))
      .usage(usage)
      .option("--digest <hex>", "only if the action still has this digest (12 characters or more)")
      .option("--view <hex>", "only if it is still shown as you saw it (12 characters or more)")
      .option("-m, --message <text>", why);
    if (verdict === "approve") {
      const rows = "undo it where it touches more; default as measured, if it was";
      command.option("--max-rows <count>", rows, rowsOf).option("-y, --yes", "do not ask");
    }
    command.action((id: string, options) => finish(decide(context, verdict, id, options)));
  }
};

const verdictCommands = [
  {
    name: "approve",
    verdict: "approve",
    description: "let it run",
    why: "a comment, for the record",
  },
  {
    name: "deny",
    verdict: "deny",
    description: "do not let it run",
    why: "why, for the agent (required)",
  },
  {
    name: "request-changes",
    verdict: "request_changes",
    description: "ask for another action",
    why: "what to change, for the agent (required)",
  },
] as const;

export const addOverrideCommand: Add = (program, context, finish) => {
  withJson(
    withUrl(program.command("override <id>").description("put an edited command in its place")),
  )
    .usage('<id> --command "…" -m "…" [options]')
    .option("--command <text>", "what to run instead; - for standard input")
    .option(
      "--parameters <json>",
      "its parameters, a list of texts and nulls; default those it has",
    )
    .option("--arguments <json>", "of a call of a tool: its arguments, an object")
    .option("--digest <hex>", "only if the action still has this digest (12 characters or more)")
    .option("-m, --message <text>", "why, for the agent's side and the record (required)")
    .option("-y, --yes", "do not ask")
    .action((id: string, options) => finish(override(context, id, options)));
};

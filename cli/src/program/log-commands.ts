/** The record of everything, and what of it can be checked. */
import { listedDefault, logList, logProof, logVerify } from "../commands/log.ts";
import { verify } from "../commands/verify.ts";
import { type Add, indexOf, limitOf, withJson, withUrl } from "./options.ts";

export const addLogCommands: Add = (program, context, finish) => {
  const log = program.command("log").description("the record of everything").helpCommand(false);
  withJson(withUrl(log.command("list").description("records, the newest unless --from says else")))
    .option("--from <index>", "the first record", indexOf)
    .option("--limit <count>", "how many", limitOf, listedDefault)
    .action((options) => finish(logList(context, options)));
  withJson(
    withUrl(log.command("verify").description("whether the whole record is as it was signed")),
  )
    .option("--data <dir>", "a data folder, also of a stopped gateway or a copy")
    .option("--key <vkey>", "the verifier key, or a file that holds it")
    .action((options) => finish(logVerify(context, options)));
  withJson(
    withUrl(log.command("proof <id>").description("the proof of an action, or of a review's")),
  )
    .option("--out <file>", "where to write it; default standard output")
    .action((id: string, options) => finish(logProof(context, id, options)));
  withJson(program.command("verify <file>").description("check a proof file, without any gateway"))
    .requiredOption("--key <vkey>", "the verifier key, or a file that holds it")
    .action((file: string, options) => finish(verify(context, file, options)));
};

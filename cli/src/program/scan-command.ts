/** What needs no gateway. */
import { Option } from "commander";
import { scan } from "../commands/scan.ts";
import { type Add, withJson } from "./options.ts";

export const addScanCommand: Add = (program, context, finish) => {
  const format = new Option(
    "--format <format>",
    "how to read it; default by the file's ending",
  ).choices(["text", "csv", "json", "jsonl"]);
  const masker = new Option("--with <masker>", "what stands instead in the copy")
    .choices(["redact", "partial", "tokenise", "hash", "format"])
    .default("redact");
  withJson(
    program
      .command("scan <file>")
      .description("secrets and personal data in a file; - for standard input"),
  )
    .option("--sarif", "print SARIF 2.1.0")
    .addOption(format)
    .option("--mask <copy>", "write a masked copy; - for standard output")
    .addOption(masker)
    .option("--key-file <file>", "the key of hash and format")
    .action((file: string, options) => finish(scan(context, file, options)));
};

/** Passwords that are handed over: to a program as an option, to a function behind the name of a user. */
import type { Reading } from "#/masking/reading.ts";
import { atText, type Rule } from "#/masking/rule.ts";
import { isChosen } from "./chosen.ts";
import { textAt } from "./text-at.ts";

const callBytesMax = 320;
const commandBytesMax = 240;

/** What takes a name and a password, or a path, a name and a password. */
const functions = [
  "NetworkCredential(",
  "DirectoryEntry(",
  "PasswordCredential(",
  "PasswordCredentials(",
  "PasswordAuthentication(",
  "BasicAuth(",
  "basic_auth(",
  "auth=(",
] as const;

/** The option of each program that a password stands behind: its own manual. */
const programs: Readonly<Record<string, RegExp>> = {
  psexec: / -p +(["']?)([^\s"']{4,64})\1/d,
  sshpass: / -p *(["']?)([^\s"']{4,64})\1/d,
  sqlcmd: / -P *(["']?)([^\s"']{4,64})\1/d,
  "redis-cli": / -a +(["']?)([^\s"']{4,64})\1/d,
  mysql: / -p(["']?)([^\s"'-][^\s"']{3,63})\1/d,
  ldapsearch: / -w +(["']?)([^\s"']{4,64})\1/d,
  "docker login": / -p +(["']?)([^\s"']{4,64})\1/d,
  "net use": / \/user:\S+ +(["']?)([^\s"'/]{4,64})\1/di,
};

export const callRules: readonly Rule[] = [
  ...functions.map((text) => atText(text, callBytesMax, findArgument)),
  ...Object.entries(programs).map(([program, option]) =>
    atText(program, commandBytesMax, (reading, at) => findOption(reading, at, option), {
      fold: true,
    }),
  ),
];

const argumentsForm =
  /^\s*(?:(?:"[^"\n]{0,160}"|'[^'\n]{0,160}'|[\w.$>-]{1,64})\s{0,64},\s{0,64}){1,2}(["'])([^"'\n]{4,128})\1\s*[,)]/d;

function findArgument(reading: Reading, at: number): void {
  add(reading, at + 1, argumentsForm.exec(textAhead(reading, at, callBytesMax)), "argument");
}

function findOption(reading: Reading, at: number, option: RegExp): void {
  const [line = ""] = textAhead(reading, at, commandBytesMax).split(/[\r\n|;]/, 1);
  add(reading, at + 1, option.exec(line), "option");
}

function textAhead(reading: Reading, at: number, most: number): string {
  reading.spend(most / 4);
  return textAt(reading.bytes, at + 1, Math.min(reading.limit, at + 1 + most));
}

function add(reading: Reading, from: number, match: RegExpExecArray | null, rule: string): void {
  const [first = 0, last = 0] = match?.indices?.[2] ?? [];
  if (match === null || !isChosen(match[2] ?? "")) return;
  reading.add({
    entity: "password",
    start: from + first,
    end: from + last,
    confidence: 0.65,
    rule,
  });
}

/** What the gateway is installed with and what it makes for itself: configuration, credentials and keys. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { history, nowhere, type Plant, people, sender } from "./plant.ts";
import { says } from "./plant-commands.ts";
import type { PlantedScene } from "./planted-scene.ts";

export const plantsOfOperators: readonly Plant[] = [
  {
    name: "the upstream's password",
    seenIn: nowhere,
    value: ({ postgres }) => postgres.password,
  },
  { name: "an agent's token", seenIn: nowhere, value: ({ agentToken }) => agentToken },
  {
    name: "the operator's token",
    seenIn: nowhere,
    value: (scene) => scene.gateway().operatorToken,
  },
  {
    name: "the log's signing key",
    seenIn: nowhere,
    value: ({ installed }) => keyMaterial(installed.signingKey),
  },
  {
    name: "the log's signing key as bytes",
    seenIn: nowhere,
    value: ({ installed }) => {
      return Buffer.from(keyMaterial(installed.signingKey), "base64").subarray(1);
    },
  },
  {
    name: "the key of the listener's certificate",
    seenIn: nowhere,
    value: ({ installed }) => installed.tlsKey.split("\n")[1] ?? "",
  },
  {
    name: "the key of the listener's certificate as bytes",
    seenIn: nowhere,
    value: ({ installed }) => Buffer.from(installed.tlsKey.split("\n")[1] ?? "", "base64"),
  },
  {
    name: "the key of everything in the data folder",
    seenIn: nowhere,
    value: ({ dataDir }) => readFile(join(dataDir, "data.key"), "utf8"),
  },
  {
    name: "what else stands in the gateway's environment",
    seenIn: nowhere,
    value: ({ installed }) => installed.environment["SOMETHING_ELSE"] ?? "",
  },
  {
    name: "a comment among the policies",
    seenIn: nowhere,
    value: ({ installed }) => installed.policyComment,
  },
  {
    name: "the reason of a policy",
    seenIn: [...people, ...sender],
    value: ({ installed }) => installed.policyReason,
    plant: says(() => "drop table notes", /error 42501/),
  },
  {
    name: "a label of a connection",
    seenIn: history,
    value: ({ installed }) => installed.label,
  },
  {
    name: "the name of a person who signs in",
    seenIn: nowhere,
    value: async (scene: PlantedScene) => {
      await scene.gateway().signIn(scene.installed.person);
      return scene.installed.person;
    },
  },
];

/** Behind what marks it, its name and its id; base64 may have a plus of its own. */
function keyMaterial(signingKey: string): string {
  return /^PRIVATE\+KEY\+[^+]+\+[^+]+\+(.+)$/.exec(signingKey)?.[1] ?? "";
}

/** What a row of planted values says: what is planted, how, and the only places where it may come out again. */
import { drawn } from "./planted-install.ts";
import type { PlantedScene } from "./planted-scene.ts";

export const outputNames = [
  "the sessions that plant",
  "a session that only listens",
  "the API's answers to people",
  "the API's answers to agents and strangers",
  "the events",
  "what is printed",
  "the records' leaves",
  "the proofs",
  "the data folder",
  "the data folder after a crash",
  "the command line",
  "the console's pages",
  "the arguments of processes",
] as const;
export type OutputName = (typeof outputNames)[number];

export interface Plant {
  /** The input, in words: the test is named after it. */
  readonly name: string;
  /**
   * Where it comes out, by design. It has to: so the row proves that it was planted. Of every other output no form
   * of it may be a part.
   */
  readonly seenIn: readonly OutputName[];
  /** Drawn anew where nothing else is said. */
  readonly value?: (scene: PlantedScene) => string | Buffer | Promise<string | Buffer>;
  readonly plant?: (scene: PlantedScene, value: string) => Promise<void>;
}

export const nowhere: readonly OutputName[] = [];
/** The session that sent it, or asked for it. */
export const sender: readonly OutputName[] = ["the sessions that plant"];
/** Those who decide: over the API, on the command line and in the console. */
export const people: readonly OutputName[] = [
  "the API's answers to people",
  "the command line",
  "the console's pages",
];
/** Of what did not wait there is no review: the command line shows none of it. */
export const history: readonly OutputName[] = [
  "the API's answers to people",
  "the console's pages",
];

export async function valueOf(plant: Plant, scene: PlantedScene): Promise<string | Buffer> {
  return plant.value === undefined ? drawn() : plant.value(scene);
}

/** Ways in which an agent brings a value to the gateway: commands that wait, run, load data or are measured. */
import assert from "node:assert/strict";
import {
  copyDoneFrame,
  encodeBind,
  encodeCopyData,
  encodeExecute,
  encodeParse,
  encodeQuery,
  syncFrame,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import type { Plant } from "./plant.ts";
import type { PlantedScene } from "./planted-scene.ts";
import type { Session } from "./planted-session.ts";

type How = NonNullable<Plant["plant"]>;

export const waits =
  (sql: (value: string) => string): How =>
  async (scene, value) => {
    await (await scene.session()).hold(sql(value));
  };
export const says =
  (sql: (value: string) => string, expected: RegExp): How =>
  async (scene, value) => {
    assert.match(await (await scene.session()).run(sql(value)), expected);
  };
export const approved =
  (sql: (value: string) => string, expected: RegExp): How =>
  async (scene, value) => {
    const { review, answer } = await (await scene.session()).hold(sql(value));
    await scene.decide(review, "approve");
    assert.match(await answer(), expected);
  };

/** Of PostgreSQL's catalogue. */
const textType = 25;

export function bound(value: Buffer, format: 0 | 1): readonly Buffer[] {
  return [
    encodeParse({ name: "", sql: "delete from notes where note = $1", parameterTypes: [textType] }),
    encodeBind({
      portal: "",
      statement: "",
      parameterFormats: [format],
      parameters: [value],
      resultFormats: [],
    }),
    encodeExecute(""),
    syncFrame,
  ];
}

export async function loads(scene: PlantedScene, data: string): ReturnType<Session["hold"]> {
  const session = await scene.session();
  session.client.send(encodeQuery("copy notes (id, note) from stdin"));
  await session.client.until(({ kind }) => kind === "copy_in_response");
  return session.hold(encodeCopyData(Buffer.from(data)), copyDoneFrame);
}

/** Until some of its rows can be shown. */
export async function measured(scene: PlantedScene, sql: string): Promise<void> {
  const { review } = await (await scene.session()).hold(sql);
  await scene.until(async () => (await scene.review(review)).effect?.sample !== undefined);
}

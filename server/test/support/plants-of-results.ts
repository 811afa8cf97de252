/** What rules mask in what is returned: not even the session that asked for it gets it, whatever way it asks. */
import { drawIban } from "./known-data.ts";
import { nowhere, type Plant } from "./plant.ts";
import type { PlantedScene } from "./planted-scene.ts";

/** Whatever is answered: with the value replaced, or a refusal. */
const asks = (row: string, sql: string) => async (scene: PlantedScene, value: string) => {
  await scene.superuser(`insert into notes values (${row.replace("VALUE", value)})`);
  const session = await scene.session();
  const heard = await session.ask(sql);
  if (heard.review !== null) await scene.decide(heard.review, "approve");
  await heard.answer();
};

/** Of a column that a rule masks. */
const columnAsked: Readonly<Record<string, string>> = {
  "as it is": "select marked from notes where id = 501",
  "among all columns": "select id, marked from notes where id = 502",
  "under another name": "select marked as note from (select * from notes) each where id = 503",
  "in an expression": "select upper(marked) from notes where id = 504",
  "in a row": "select n from notes n where id = 505",
  "in JSON": "select to_json(n) from notes n where id = 506",
  "in an error": "select marked::int from notes where id = 507",
  "by COPY": "copy (select marked from notes where id = 508) to stdout",
  "from a cursor":
    "begin; declare c cursor for select marked from notes where id = 509; fetch c; rollback",
  "with what an update returns": "update notes set note = 'plain' where id = 510 returning marked",
};

export const plantsOfResults: readonly Plant[] = [
  ...Object.entries(columnAsked).map(
    ([how, sql], at): Plant => ({
      name: `a column that a rule masks, asked for ${how}`,
      seenIn: nowhere,
      plant: asks(`${501 + at}, 'plain', 'VALUE'`, sql),
    }),
  ),
  {
    name: "an account's number that a rule masks, in free text",
    seenIn: nowhere,
    value: drawIban,
    plant: asks(
      "521, 'VALUE', 'plain'",
      "select 'pay to ' || note || ' today' from notes where id = 521",
    ),
  },
];

/**
 * `npm run pictures`: takes the pictures of the documentation anew, into `docs/pictures`, each with the text
 * by which `scripts/pictures.test.ts` sees whether it is still fresh.
 */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { picturesFolder, takePictures } from "./picture-tour.ts";

await mkdir(picturesFolder, { recursive: true });
for (const { name, png, text } of await takePictures()) {
  await writeFile(path.join(picturesFolder, `${name}.png`), png);
  await writeFile(path.join(picturesFolder, `${name}.txt`), `${text}\n`);
  console.log(`${name}.png  ${Math.round(png.length / 1024)} KB`);
}

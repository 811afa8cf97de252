/**
 * How a picture looks from afar: the mean colours of a grid of cells. Two pictures of one page look alike
 * although its times and ids differ; another colour, another place of a part or a missing part shows.
 */
import { type Browser } from "playwright-core";

export interface Look {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue of each cell, 0 to 255, row by row. */
  readonly cells: readonly (readonly [number, number, number])[];
}

/** Pixels of a cell's side. */
const cellPixels = 20;
/** A cell differs if one of its colours does by more: letters that are others stay below. */
const colourDifferenceMax = 24;
const differingShareMax = 0.02;

export async function lookOf(browser: Browser, png: Buffer): Promise<Look> {
  const page = await browser.newPage();
  try {
    return await page.evaluate<Look>(`(async () => {
      const bytes = Uint8Array.from(atob(${JSON.stringify(png.toString("base64"))}), (each) => each.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
      const { width, height } = bitmap;
      const context = new OffscreenCanvas(width, height).getContext("2d");
      context.drawImage(bitmap, 0, 0);
      const cells = [];
      for (let y = 0; y < height; y += ${cellPixels}) {
        for (let x = 0; x < width; x += ${cellPixels}) {
          const { data } = context.getImageData(x, y, Math.min(${cellPixels}, width - x), Math.min(${cellPixels}, height - y));
          const sum = [0, 0, 0];
          for (let at = 0; at < data.length; at += 1) if (at % 4 < 3) sum[at % 4] += data[at];
          cells.push(sum.map((each) => Math.round((each * 4) / data.length)));
        }
      }
      return { width, height, cells };
    })()`);
  } finally {
    await page.close();
  }
}

export function looksAlike(one: Look, other: Look): boolean {
  return (
    one.width === other.width &&
    one.height === other.height &&
    differingShare(one, other) <= differingShareMax
  );
}

export function differingShare(one: Look, other: Look): number {
  const differing = one.cells.filter((cell, index) =>
    cell.some(
      (colour, at) => Math.abs(colour - (other.cells[index]?.[at] ?? 0)) > colourDifferenceMax,
    ),
  );
  return differing.length / one.cells.length;
}

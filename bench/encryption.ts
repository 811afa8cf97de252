/**
 * What TLS costs on the way to the gateway: rows for the page.
 *
 *   node bench/encryption.ts URL CERTIFICATE      prints them alone, for a gateway that runs
 *
 * Sessions are opened one after the other, and answered with what the gateway asks of the database meanwhile; in the
 * clear, through TLS and through TLS from the first byte take turns.
 */
import { addressOf, measure, openBy } from "./load.ts";

const sessions = 200;
const statement = { sql: "select 1", clients: 1 };
const statements = 4000;
const rounds = 5;

export async function measureEncryption(
  url: string,
  certificate: string,
): Promise<readonly string[]> {
  const encrypted = `${url}?sslrootcert=${certificate}`;
  const variants = {
    "in the clear": url,
    "through TLS": encrypted,
    "through TLS from the first byte": `${encrypted}&sslnegotiation=direct`,
  };
  const opened = new Map<string, number[]>();
  const rates = new Map<string, number[]>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, each] of Object.entries(variants)) {
      // One address for each round: its derived key is remembered, as it would be by a pool.
      const times = await timesToOpen(each);
      const { rate } = await measure(each, statement, statements);
      // The first round warms caches and compilers up.
      if (round === 0) continue;
      opened.set(name, [...(opened.get(name) ?? []), ...times]);
      rates.set(name, [...(rates.get(name) ?? []), rate]);
    }
  }
  return Object.keys(variants).map((name) => {
    const times = (opened.get(name) ?? []).toSorted((a, b) => a - b);
    const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(1);
    const rate = (rates.get(name) ?? []).toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
    return `| ${name} | ${at(0.5)} | ${at(0.99)} | ${rate.toFixed(0)} |`;
  });
}

async function timesToOpen(url: string): Promise<readonly number[]> {
  const address = addressOf(url);
  const open = openBy(url);
  const times: number[] = [];
  for (let count = 0; count < sessions; count += 1) {
    const start = performance.now();
    const { socket } = await open(address);
    times.push(performance.now() - start);
    socket.destroy();
  }
  return times;
}

if (import.meta.main) {
  const [, , url = "", certificate = ""] = process.argv;
  console.log((await measureEncryption(url, certificate)).join("\n"));
}

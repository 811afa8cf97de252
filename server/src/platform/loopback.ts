/** Whether what is sent to a host or address stays on this machine. */
import { BlockList, isIP } from "node:net";

export function isLoopback(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, "$1").replace(/%.*$/, "");
  const family = isIP(address);
  if (family === 0) return address.toLowerCase() === "localhost";
  return loopback.check(address, family === 4 ? "ipv4" : "ipv6");
}

/** IPv4 in the notation of IPv6 is the same address. */
const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

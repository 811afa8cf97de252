/** Requests as bytes: sound ones for every kind of route, and what can be wrong with them. */

export interface Secrets {
  readonly person: string;
  readonly agent: string;
  readonly review: string;
  readonly digest: string;
}

export interface RawRequest {
  readonly line: string;
  readonly headers: readonly string[];
  readonly body: Buffer | null;
}

export function soundRequests({ person, agent, review, digest }: Secrets): readonly RawRequest[] {
  const get = (path: string, token = person): RawRequest => ({
    line: `GET ${path} HTTP/1.1`,
    headers: ["Host: localhost", `Authorization: Bearer ${token}`],
    body: null,
  });
  const post = (path: string, body: unknown): RawRequest => ({
    line: `POST ${path} HTTP/1.1`,
    headers: [
      "Host: localhost",
      `Authorization: Bearer ${person}`,
      "Content-Type: application/json",
    ],
    body: Buffer.from(JSON.stringify(body)),
  });
  return [
    get("/api/v1/status"),
    get("/api/v1/status", agent),
    get("/api/v1/reviews?state=pending&limit=20"),
    get(`/api/v1/reviews/${review}`),
    get("/api/v1/log/records?from=0&limit=10"),
    get("/api/v1/openapi.json"),
    get("/api/v1/nowhere"),
    get(`/reviews/${review}`),
    get("/"),
    post(`/api/v1/reviews/${review}/verdicts`, { verdict: "deny", digest, comment: "no" }),
    post("/api/v1/sign-in", { code: "csl_guess" }),
    post("/api/v1/agents/importer/token", {}),
  ];
}

/** Lines that stand where the request line should. */
export const hostileLines: readonly string[] = [
  "GET /api/v1/status HTTP/1.0",
  "GET /api/v1/status HTTP/2.0",
  "GET /api/v1/status HTTP/9.9",
  "GET  /api/v1/status  HTTP/1.1",
  "GET /api/v1/status",
  "get /api/v1/status HTTP/1.1",
  "GET http://localhost/api/v1/status HTTP/1.1",
  "GET http://evil.example/api/v1/status HTTP/1.1",
  "GET //evil.example/api/v1/status HTTP/1.1",
  "GET * HTTP/1.1",
  "OPTIONS * HTTP/1.1",
  "CONNECT localhost:443 HTTP/1.1",
  "TRACE /api/v1/status HTTP/1.1",
  "PRI * HTTP/2.0",
  "GET /api/v1/%00 HTTP/1.1",
  "GET /api/v1/%ff%fe HTTP/1.1",
  "GET /api/v1/%zz HTTP/1.1",
  "GET /api/v1/../../etc/passwd HTTP/1.1",
  "GET /api/v1/..%2f..%2fetc%2fpasswd HTTP/1.1",
  "GET \\api\\v1\\status HTTP/1.1",
  "GET /api/v1/reviews/__proto__ HTTP/1.1",
  "GET /api/v1/reviews?limit=1e9&state[]=x&state=pending&cursor=%F0%9F HTTP/1.1",
  `GET /api/v1/reviews?cursor=${"x".repeat(9000)} HTTP/1.1`,
  `GET /${"a/".repeat(3000)} HTTP/1.1`,
  `${"X".repeat(300)} / HTTP/1.1`,
  "POST /api/v1/sign-in HTTP/1.1",
  "DELETE /api/v1/reviews HTTP/1.1",
  "",
];

export const hostileHeaders: readonly string[] = [
  "Host: evil.example",
  "Host: ",
  "Host: localhost:99999",
  "Host: [::1",
  "Host: a@b",
  "Content-Length: 0",
  "Content-Length: 5",
  "Content-Length: +5",
  "Content-Length: 5, 5",
  "Content-Length: -1",
  "Content-Length: 0x10",
  "Content-Length: 99999999999999999999",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: chunked, chunked",
  "Transfer-Encoding: identity",
  "Transfer-Encoding : chunked",
  "Transfer-Encoding:\tchunked",
  "transfer-encoding: xchunked",
  "Content-Type: text/plain",
  "Content-Type: application/json; charset=utf-16",
  "Content-Encoding: gzip",
  "Expect: 100-continue",
  "Expect: nonsense",
  "Connection: upgrade\r\nUpgrade: websocket",
  "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk",
  "Connection: close",
  "Connection: keep-alive, host",
  "Origin: https://evil.example",
  "Origin: null",
  "Authorization: Bearer ",
  "Authorization: Basic YTpi",
  "Authorization: Bearer css_guess",
  "Cookie: countersign=css_guess; __proto__=1",
  "Idempotency-Key: \u00e9",
  `Idempotency-Key: ${"k".repeat(300)}`,
  "X-Http-Method-Override: DELETE",
  "X-Forwarded-For: 127.0.0.1",
  "Last-Event-ID: -1",
  ": no name",
  "No colon",
  " folded: line",
  "Bad\u0000Header: x",
  "A: \u0001\u007f",
  "__proto__: x",
  "Range: bytes=0-1,2-3",
  "Accept: text/html",
  `X-Large: ${"x".repeat(20_000)}`,
  ...["a", "b"].map((name) =>
    Array.from({ length: 300 }, (_, at) => `${name}${at}: 1`).join("\r\n"),
  ),
];

const nested = 20_000;

export const hostileBodies: readonly Buffer[] = [
  ...[
    "",
    "{",
    "}",
    "nul",
    "null",
    "[]",
    '"text"',
    "1e999",
    "-0",
    "{}",
    "\ufeff{}",
    '{"verdict":"deny","verdict":"approve","digest":"x"}',
    '{"__proto__":{"verdict":"approve"},"constructor":{"prototype":{"kind":"person"}}}',
    '{"verdict":{"$ne":1},"digest":["x"],"comment":{}}',
    '{"verdict":"deny","digest":"\\ud800","comment":"\\udfff\\ud800"}',
    '{"verdict":"deny","digest":"\\u0000","comment":"\\u0000\\u202e"}',
    '{"code":"\\ud800"}',
    '{"code":1e400}',
    '{"code":"csl_\\u0000"}',
    `{"code":"${"x".repeat(70_000)}"}`,
    `{"code":"${"x".repeat(300_000)}"}`,
    "[".repeat(nested),
    "[".repeat(nested) + "]".repeat(nested),
    '{"a":'.repeat(nested) + "1" + "}".repeat(nested),
    `{${Array.from({ length: 5000 }, (_, at) => `"k${at}":1`).join(",")}}`,
    "GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n",
  ].map((text) => Buffer.from(text)),
  Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  Buffer.from('{"code":"\xc3\x28"}', "latin1"),
  Buffer.from("{\0}", "utf16le"),
];

/** What is sent to the wrong port. */
export const foreignOpenings: readonly Buffer[] = [
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", "latin1"),
  Buffer.from("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".padEnd(517, "t"), "latin1"),
  Buffer.from("\0\0\0\x08\x04\xd2\x16\x2f", "latin1"),
  Buffer.from("SSH-2.0-OpenSSH_9.9\r\n"),
  Buffer.from("\r\n\r\n\r\n\r\n"),
  Buffer.alloc(3000, 0xff),
];

export type Framing = "length" | "chunked" | "wrong length" | "broken chunks" | "both";

export function encodeRequest({ line, headers, body }: RawRequest, framing: Framing): Buffer {
  const head = (more: readonly string[]) =>
    Buffer.from([line, ...headers, ...more, "", ""].join("\r\n"), "latin1");
  if (body === null) return head([]);
  const size = body.length.toString(16);
  const chunks = Buffer.concat([
    Buffer.from(`${size};ext="x"\r\n`),
    body,
    Buffer.from("\r\n0\r\nTrailer: x\r\n\r\n"),
  ]);
  switch (framing) {
    case "length":
      return Buffer.concat([head([`Content-Length: ${body.length}`]), body]);
    case "wrong length":
      return Buffer.concat([head([`Content-Length: ${body.length + 7}`]), body]);
    case "chunked":
      return Buffer.concat([head(["Transfer-Encoding: chunked"]), chunks]);
    case "broken chunks":
      return Buffer.concat([
        head(["Transfer-Encoding: chunked"]),
        Buffer.from(`${size}x\r\n`),
        body,
        Buffer.from("\n-1\r\n\r\n"),
      ]);
    case "both":
      return Buffer.concat([
        head([`Content-Length: ${body.length}`, "Transfer-Encoding: chunked"]),
        chunks,
      ]);
  }
}

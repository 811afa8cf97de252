/** Tool servers that say too much, too little, in pieces or for ever. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import {
  assertFailure,
  type HostileScene,
  openHostileScene,
  plainCall,
  progress,
  untilStill,
} from "./support/hostile-scene.ts";
import { answerWith, beginStream, eventOf, push, resultOf } from "./support/hostile-server.ts";
import { beginSession, legacy, modern, open, send } from "./support/raw-mcp.ts";

let scene: HostileScene;
before(async () => {
  scene = await openHostileScene();
});
after(() => scene.close());

test("an answer that is too large is cut off at the server, whole and in a stream", async () => {
  const piece = "x".repeat(1_000_000);
  for (const type of ["application/json", "text/event-stream"]) {
    let written = 0;
    const answer = await scene.hear(async (_, response) => {
      response.writeHead(200, { "content-type": type });
      response.write(
        'data: {"jsonrpc":"2.0","id":"c-1","result":{"content":[{"type":"text","text":"',
      );
      for (let count = 0; count < 300 && !response.destroyed; count += 1) {
        written += piece.length;
        await push(response, piece);
      }
      response.destroy();
    });
    assertFailure(answer);
    assert.ok(written < 200_000_000, `${written} bytes were taken`);
  }
});

test("a flood of notifications reaches a slow client without filling the gateway's memory", async () => {
  let pushed = 0;
  scene.server.onCall(async (asked, response) => {
    beginStream(response);
    const flood = Array.from({ length: 1_000 }, (_, index) =>
      eventOf(progress(index, "y".repeat(200))),
    ).join("");
    for (let count = 0; count < 400 && !response.destroyed; count += 1) {
      pushed += 1;
      await push(response, flood);
    }
    response.end(eventOf(resultOf(asked, "Done.")));
  });
  const sent = modern(
    "tools/call",
    { name: "act", arguments: {} },
    { id: "c-1", meta: { progressToken: "t" } },
  );
  const { answered, request } = open({ url: scene.desk, token: scene.token, ...sent });
  const response = await answered;
  response.pause();
  const residentBefore = await residentBytes(scene.gateway.status.pid);
  scene.server.onCall((next, quick) => answerWith(quick, resultOf(next, "Done.")));
  await untilStill(
    () => pushed,
    async () =>
      assert.match(
        (await send({ url: scene.desk, token: scene.token, ...plainCall })).text,
        /Done\./,
      ),
  );
  const grown = (await residentBytes(scene.gateway.status.pid)) - residentBefore;
  request.destroy();
  assert.ok(grown < 100_000_000, `it grew by ${grown} bytes`);
});

test("a message costs memory by its bytes, whether its server sends them in chunks of one or as the ends of lines", async () => {
  const count = 1_000_000;
  const bodies = [
    { type: "application/json", chunk: "1\r\n \r\n" },
    { type: "text/event-stream", chunk: "5\r\ndata\n\r\n" },
  ];
  for (const { type, chunk } of bodies) {
    const residentBefore = await residentBytes(scene.gateway.status.pid);
    let grown = 0;
    await scene.hear(async (_, response) => {
      const socket = response.socket ?? assert.fail("it has gone");
      const head = `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`;
      socket.write(head);
      const some = chunk.repeat(10_000);
      for (let sent = 0; sent < count && !socket.destroyed; sent += 10_000) {
        await push(socket, some);
      }
      grown = (await residentBytes(scene.gateway.status.pid)) - residentBefore;
      socket.destroy();
    });
    assert.ok(grown < 60_000_000, `${type}: it grew by ${grown} bytes`);
  }
});

test("what goes on at a server when nobody listens any more is cancelled there", async () => {
  const came = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  scene.server.onCall((_, response) => {
    beginStream(response);
    response.on("close", () => left.resolve());
    came.resolve();
  });
  const { answered, request } = open({ url: scene.desk, token: scene.token, ...plainCall });
  await came.promise;
  request.on("error", () => {});
  answered.catch(() => {});
  request.destroy();
  await left.promise;
});

test("a server that never answers holds up its own calls, and nobody else's", async () => {
  const callsBefore = scene.server.calls().length;
  scene.server.onCall(() => {});
  const waiting = Array.from({ length: 20 }, () =>
    open({ url: scene.desk, token: scene.token, ...plainCall }),
  );
  for (const { answered, request } of waiting) {
    answered.catch(() => {});
    request.on("error", () => {});
  }
  await scene.server.came(callsBefore + waiting.length);
  scene.server.onCall((next, response) => answerWith(response, resultOf(next, "Done.")));
  assert.match((await send({ url: scene.desk, token: scene.token, ...plainCall })).text, /Done\./);
  for (const { request } of waiting) request.destroy();
});

test("a request of the server's for a model or a person is refused where the connection does not allow it", async () => {
  const session = await beginSession(scene.desk, scene.token, {
    sampling: {},
    elicitation: {},
    roots: {},
  });
  const requests = ["sampling/createMessage", "elicitation/create", "x/y"];
  for (const method of requests) {
    scene.server.onCall((asked, response) => {
      beginStream(response);
      response.write(
        eventOf({ jsonrpc: "2.0", id: 77, method, params: { messages: [], maxTokens: 1 } }),
      );
      response.end(eventOf(resultOf(asked, "Done.")));
    });
    const sent = legacy("tools/call", { name: "act", arguments: {} }, { id: "c-1", session });
    const answer = await send({ url: scene.desk, token: scene.token, ...sent });
    assert.ok(!answer.messages.some((message) => message.method === method), answer.text);
  }
});

test("a request of the server's under an id that nobody could keep a thousand of is not passed on", async () => {
  const session = await beginSession(scene.desk, scene.token);
  for (const id of ["i".repeat(900), "i".repeat(2_000)]) {
    scene.server.onCall((asked, response) => {
      beginStream(response);
      response.write(eventOf({ jsonrpc: "2.0", id, method: "ping" }));
      response.end(eventOf(resultOf(asked, "Done.")));
    });
    const sent = legacy("tools/call", { name: "act", arguments: {} }, { id: "c-1", session });
    const answer = await send({ url: scene.desk, token: scene.token, ...sent });
    const asked = answer.messages.filter(({ method }) => method === "ping");
    assert.deepEqual(
      asked.map((message) => message.id),
      id.length < 1_000 ? [id] : [],
    );
    assert.match(answer.text, /Done\./);
  }
});

test("a stream that its server leaves open behind its answer takes no connection from anybody", async () => {
  const left = Promise.withResolvers<void>();
  const answer = await scene.hear((asked, response) => {
    beginStream(response);
    response.write(eventOf(resultOf(asked, "Done.")));
    const sayMore = setInterval(() => response.write(":\n\n"), 100);
    response.on("close", () => {
      clearInterval(sayMore);
      left.resolve();
    });
  });
  assert.match(answer.text, /Done\./);
  await left.promise;
});

test("a stream says the same wherever its bytes are cut, and whatever ends its lines", async () => {
  const words = "Zürich — 東京 😀";
  for (const end of ["\n", "\r\n", "\r"]) {
    for (const size of [1, 2, 3, 7, 64]) {
      const answer = await scene.hear(async (asked, response) => {
        beginStream(response);
        const message = JSON.stringify(resultOf(asked, words));
        const half = message.indexOf(",") + 1;
        const lines = [
          ":comment",
          "event: message",
          "retry: 10",
          `data: ${message.slice(0, half)}`,
          `data:${message.slice(half)}`,
          "",
          "",
        ];
        const bytes = Buffer.from(lines.join(end));
        for (let at = 0; at < bytes.length; at += size) {
          response.write(bytes.subarray(at, at + size));
          if (at % 16 === 0) await new Promise(setImmediate);
        }
        response.end(end === "\r" ? "\r" : "");
      });
      assert.match(answer.text, new RegExp(words), `${JSON.stringify(end)} ${size}`);
    }
  }
});

test("events that belong to no client of MCP are not passed on", async () => {
  const answer = await scene.hear((asked, response) => {
    beginStream(response);
    response.write(
      'event: endpoint\ndata: /elsewhere\n\nevent: ping\ndata: {"jsonrpc":"2.0","method":"x"}\n\n',
    );
    response.write("data: no message\n\n");
    response.end(eventOf(resultOf(asked, "Done.")));
  });
  assert.doesNotMatch(answer.text, /elsewhere|no message/);
});

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024;
}

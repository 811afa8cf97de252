import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { GatewayError } from "#/core/errors.ts";
import type { BackendMessage } from "./backend-messages.ts";
import { backend, frontend } from "./codec.ts";
import { parseStartup } from "./codec-startup.ts";
import { decodeBackend } from "./decode-backend.ts";
import {
  decodeFrontend,
  decodeSaslInitialResponse,
  decodeSaslResponse,
} from "./decode-frontend.ts";
import {
  encodeBind,
  encodeClose,
  encodeDescribe,
  encodeExecute,
  encodeParse,
  encodeQuery,
  syncFrame,
  terminateFrame,
} from "./encode-frontend.ts";
import type { Frame } from "./frame.ts";
import { FrameSplitter } from "./frame-splitter.ts";
import type { FrontendMessage } from "./frontend-messages.ts";
import { clientFinal, verifyServerFinal } from "./scram/scram-client.ts";

/**
 * Both directions of two whole sessions with a PostgreSQL 18.4 that was made for the purpose (user
 * `admin`, password `secretpw`), as they crossed the wire.
 */
interface Capture {
  readonly client: string;
  /** What the server says before its first message: the answer to an SSLRequest. */
  readonly encryptionAnswer: string;
  readonly frontend: Buffer;
  readonly backend: Buffer;
}

const psqlSession: Capture = {
  client: "psql 15",
  encryptionAnswer: "N",
  frontend: fromHex(`
      0000000804d2162f0000003c00030000757365720061646d696e00646174616261736500706f73746772657300
      6170706c69636174696f6e5f6e616d65007073716c00007000000036534352414d2d5348412d32353600000000
      206e2c2c6e3d2c723d4a766c2f582b3158472f476a2b4a5478636c5a5a77767443700000006c633d626977732c
      723d4a766c2f582b3158472f476a2b4a5478636c5a5a777674436e4f5469627575635076634e6f523543593851
      5261675a682c703d4a7a7a39676d695a5078687232582b33354967596179734261685874466c774d536364786b
      767a642b38673d510000005073656c6563742031206173206f6e652c2027c3a92720617320653b206372656174
      652074656d70207461626c65207428696420696e74207072696d617279206b65792c2076207465787429005100
      00002a696e7365727420696e746f20742076616c7565732028312c276127292c28322c6e756c6c290051000000
      15636f7079207420746f207374646f757400510000001073656c656374206e6f7065005800000004
  `),
  backend: fromHex(`
      4e52000000170000000a534352414d2d5348412d3235360000520000005c0000000b723d4a766c2f582b315847
      2f476a2b4a5478636c5a5a777674436e4f5469627575635076634e6f5235435938515261675a682c733d566951
      6e794557474c39476e323332682b44535956513d3d2c693d3430393652000000360000000c763d6f7936365436
      79764f594c6353696d776c667672486148664c474b70786d4b6965352f367263732b6633513d52000000080000
      00005300000017696e5f686f745f7374616e646279006f6666005300000019696e74656765725f646174657469
      6d6573006f6e00530000001554696d655a6f6e65004574632f55544300530000001b496e74657276616c537479
      6c6500706f7374677265730053000000207365617263685f7061746800222475736572222c207075626c696300
      530000001469735f737570657275736572006f6e00530000001a6170706c69636174696f6e5f6e616d65007073
      716c00530000002664656661756c745f7472616e73616374696f6e5f726561645f6f6e6c79006f666600530000
      001a736372616d5f697465726174696f6e730034303936005300000017446174655374796c650049534f2c204d
      44590053000000237374616e646172645f636f6e666f726d696e675f737472696e6773006f6e00530000002073
      657373696f6e5f617574686f72697a6174696f6e0061646d696e005300000019636c69656e745f656e636f6469
      6e6700555446380053000000187365727665725f76657273696f6e0031382e340053000000197365727665725f
      656e636f64696e670055544638004b0000000c00002c7e745031c65a0000000549540000003000026f6e650000
      0000000000000000170004ffffffff0000650000000000000000000019ffffffffffff00004400000011000200
      0000013100000002c3a9430000000d53454c4543542031004300000011435245415445205441424c45005a0000
      000549430000000f494e5345525420302032005a0000000549480000000b000002000000006400000008310961
      0a640000000932095c4e0a6300000004430000000b434f50592032005a00000005494500000067534552524f52
      00564552524f5200433432373033004d636f6c756d6e20226e6f70652220646f6573206e6f7420657869737400
      5038004670617273655f72656c6174696f6e2e63004c3338323700526572726f724d697373696e67436f6c756d
      6e00005a0000000549
  `),
};

const nodePostgresSession: Capture = {
  client: "node-postgres 8.23",
  encryptionAnswer: "",
  frontend: fromHex(`
      0000003b00030000757365720061646d696e00646174616261736500706f73746772657300636c69656e745f65
      6e636f64696e67005554463800007000000037534352414d2d5348412d32353600000000216e2c2c6e3d2a2c72
      3d54395a654b51734c575766544c6738344775455435324c7a700000006c633d626977732c723d54395a654b51
      734c575766544c6738344775455435324c7a486469326a61543432515232432f6e3237332b414e5949412c703d
      526e4a4f4f305855626b38426c636b674d72544c54694a6b74523869366a6c523531485055613574516f6f3d50
      0000003362792d69640073656c6563742024313a3a696e742061732069642c2024323a3a74657874206173206e
      616d6500000042000000200062792d69640000020000000000020000000137ffffffff00010000440000000650
      00450000000900000000005300000004500000001d0073656c6563742024313a3a627974656120617320620000
      004200000017000000010001000100000003010203000100004400000006500045000000090000000000530000
      000450000000180073656c65637420312f24313a3a696e74000000420000001500000001000000010000000130
      00010000440000000650004500000009000000000053000000045800000004
  `),
  backend: fromHex(`
      52000000170000000a534352414d2d5348412d3235360000520000005c0000000b723d54395a654b51734c5757
      66544c6738344775455435324c7a486469326a61543432515232432f6e3237332b414e5949412c733d5669516e
      794557474c39476e323332682b44535956513d3d2c693d3430393652000000360000000c763d77777363525679
      394b694178572f6b645a6a374d465172346c55596b4d6d564b767569635174592f4378343d5200000008000000
      005300000017696e5f686f745f7374616e646279006f6666005300000019696e74656765725f6461746574696d
      6573006f6e00530000001554696d655a6f6e65004574632f55544300530000001b496e74657276616c5374796c
      6500706f7374677265730053000000207365617263685f7061746800222475736572222c207075626c69630053
      0000001469735f737570657275736572006f6e0053000000166170706c69636174696f6e5f6e616d6500005300
      00002664656661756c745f7472616e73616374696f6e5f726561645f6f6e6c79006f666600530000001a736372
      616d5f697465726174696f6e730034303936005300000017446174655374796c650049534f2c204d4459005300
      0000237374616e646172645f636f6e666f726d696e675f737472696e6773006f6e00530000002073657373696f
      6e5f617574686f72697a6174696f6e0061646d696e005300000019636c69656e745f656e636f64696e67005554
      46380053000000187365727665725f76657273696f6e0031382e340053000000197365727665725f656e636f64
      696e670055544638004b0000000c00002c7f0138dca05a00000005493100000004320000000454000000320002
      696400000000000000000000170004ffffffff00006e616d650000000000000000000019ffffffffffff000044
      0000000f00020000000137ffffffff430000000d53454c4543542031005a000000054931000000043200000004
      540000001a0001620000000000000000000011ffffffffffff000044000000120001000000085c783031303230
      33430000000d53454c4543542031005a000000054931000000044500000041534552524f5200564552524f5200
      433232303132004d6469766973696f6e206279207a65726f0046696e742e63004c3837320052696e7434646976
      00005a0000000549
  `),
};

const captures: readonly Capture[] = [psqlSession, nodePostgresSession];

function fromHex(digits: string): Buffer {
  return Buffer.from(digits.replaceAll(/\s/g, ""), "hex");
}

interface Session {
  readonly startup: readonly string[];
  readonly frontend: readonly Frame[];
  readonly backend: readonly Frame[];
}

function read(capture: Capture): Session {
  let rest = capture.frontend;
  const startup: string[] = [];
  while (startup.at(-1) !== "startup") {
    const first = parseStartup(rest);
    assert.ok(first !== undefined);
    startup.push(first.packet.kind);
    rest = rest.subarray(first.bytesUsed);
  }
  const answers = capture.backend.subarray(capture.encryptionAnswer.length);
  return { startup, frontend: split("frontend", rest), backend: split("backend", answers) };
}

function split(direction: "frontend" | "backend", stream: Buffer): Frame[] {
  const splitter = new FrameSplitter({ direction });
  splitter.push(stream);
  const frames: Frame[] = [];
  for (let item = splitter.next(); item !== undefined; item = splitter.next()) {
    assert.ok(item.kind === "frame");
    frames.push(item);
  }
  assert.equal(splitter.bytesWaiting, 0);
  return frames;
}

function kinds(messages: readonly { readonly kind: string }[]): string {
  return messages.map(({ kind }) => kind).join(" ");
}

/** The bytes that the gateway's own encoder makes of a message that it decoded. */
function encodeAgain(message: FrontendMessage): Buffer | undefined {
  switch (message.kind) {
    case "query":
      return encodeQuery(message.sql);
    case "parse":
      return encodeParse(message);
    case "bind":
      return encodeBind(message);
    case "describe":
      return encodeDescribe(message.target, message.name);
    case "close":
      return encodeClose(message.target, message.name);
    case "execute":
      return encodeExecute(message.portal, message.rowsMax);
    case "sync":
      return syncFrame;
    case "terminate":
      return terminateFrame;
    default:
      return undefined;
  }
}

test("what psql says and hears is understood wholly", () => {
  const session = read(psqlSession);
  assert.deepEqual(session.startup, ["ssl_request", "startup"]);
  const said = session.frontend.map(decodeFrontend);
  assert.deepEqual(
    said.flatMap((message) => (message.kind === "query" ? [message.sql] : [])),
    [
      "select 1 as one, 'é' as e; create temp table t(id int primary key, v text)",
      "insert into t values (1,'a'),(2,null)",
      "copy t to stdout",
      "select nope",
    ],
  );
  const heard = session.backend.map(decodeBackend);
  assert.equal(
    kinds(heard.filter(({ kind }) => kind !== "parameter_status")),
    "authentication_sasl authentication_sasl_continue authentication_sasl_final authentication_ok " +
      "backend_key_data ready_for_query " +
      "row_description data_row command_complete command_complete ready_for_query " +
      "command_complete ready_for_query " +
      "copy_out_response copy_data copy_data copy_done command_complete ready_for_query " +
      "error_response ready_for_query",
  );
  const error = heard.find((message) => message.kind === "error_response");
  assert.deepEqual(error?.fields, {
    severityText: "ERROR",
    severity: "ERROR",
    code: "42703",
    message: 'column "nope" does not exist',
    position: "8",
    file: "parse_relation.c",
    line: "3827",
    routine: "errorMissingColumn",
  });
});

test("what node-postgres says and hears is understood wholly", () => {
  const session = read(nodePostgresSession);
  const said = session.frontend.map(decodeFrontend);
  assert.equal(
    kinds(said),
    `sign_in sign_in ${"parse bind describe execute sync ".repeat(3)}terminate`,
  );
  assert.deepEqual(said[3], {
    kind: "bind",
    portal: "",
    statement: "by-id",
    parameterFormats: [0, 0],
    parameters: [Buffer.from("7"), null],
    resultFormats: [0],
  });
  const heard: readonly BackendMessage[] = session.backend.map(decodeBackend);
  const rows = heard.flatMap((message) => (message.kind === "data_row" ? [message.values] : []));
  assert.deepEqual(rows, [[Buffer.from("7"), null], [Buffer.from("\\x010203")]]);
});

test("the gateway's encoders make the same bytes as the clients'", () => {
  for (const capture of captures) {
    for (const frame of read(capture).frontend) {
      const again = encodeAgain(decodeFrontend(frame));
      if (frame.type === frontend.signIn) assert.equal(again, undefined);
      else assert.deepEqual(again, frame.bytes, capture.client);
    }
  }
});

test("the gateway's SCRAM client proves what the clients proved, and trusts the same servers", async () => {
  for (const capture of captures) {
    const session = read(capture);
    const [initial, response] = session.frontend.filter(({ type }) => type === frontend.signIn);
    const [, challenge, final] = session.backend
      .filter(({ type }) => type === backend.authentication)
      .map(decodeBackend);
    assert.ok(initial !== undefined && response !== undefined);
    assert.ok(challenge?.kind === "authentication_sasl_continue");
    assert.ok(final?.kind === "authentication_sasl_final");
    const { mechanism, data } = decodeSaslInitialResponse(initial);
    assert.equal(mechanism, "SCRAM-SHA-256");
    const bare = data?.toString().slice("n,,".length) ?? "";
    const nonce = bare.slice(bare.indexOf("r=") + 2);
    const channel = Buffer.from("n,,");
    const start = { message: data ?? Buffer.alloc(0), bare, nonce, channel };
    const credential = { user: "admin", password: "secretpw" };
    const exchange = await clientFinal(start, challenge.data, credential);
    assert.equal(exchange.message.toString(), decodeSaslResponse(response).toString());
    verifyServerFinal(exchange, final.data);
  }
});

test("a session with any byte changed never leads to anything but messages or an expected error", () => {
  const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(
      fc.constantFrom(...captures),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      (capture, changes) => {
        const mutated = {
          ...capture,
          frontend: Buffer.from(capture.frontend),
          backend: Buffer.from(capture.backend),
        };
        for (const [at, byte] of changes) {
          mutated.frontend[at % mutated.frontend.length] = byte;
          mutated.backend[at % mutated.backend.length] = byte;
        }
        for (const messages of [
          () => decodeMutated("frontend", mutated.frontend),
          () => decodeMutated("backend", mutated.backend.subarray(capture.encryptionAnswer.length)),
        ]) {
          try {
            messages();
          } catch (error) {
            if (!(error instanceof GatewayError)) throw error;
          }
        }
      },
    ),
    { numRuns: 500 },
  );
});

function decodeMutated(direction: "frontend" | "backend", stream: Buffer): void {
  let rest = stream;
  if (direction === "frontend") {
    for (let first = parseStartup(rest); first !== undefined; first = parseStartup(rest)) {
      rest = rest.subarray(first.bytesUsed);
      if (first.packet.kind === "startup" || first.packet.kind === "cancel") break;
    }
  }
  const splitter = new FrameSplitter({ direction });
  splitter.push(rest);
  for (let item = splitter.next(); item !== undefined; item = splitter.next()) {
    assert.ok(item.kind === "frame");
    if (direction === "frontend") decodeFrontend(item);
    else decodeBackend(item);
  }
}

/** What is read of a text of JSON: values that know where they stand in it, so that what is not changed can be passed on to the byte. */

export type JsonNode = JsonObject | JsonArray | JsonString | JsonNumber | JsonLiteral;

/** Offsets are UTF-16 units of the text; the end is exclusive. */
interface Placed {
  readonly start: number;
  readonly end: number;
  readonly parent: JsonObject | JsonArray | null;
  /** The key under which it stands; in a list, the key that the list has. */
  readonly key: string;
}

export interface JsonObject extends Placed {
  readonly kind: "object";
  /** In the order sent. */
  readonly members: readonly JsonMember[];
}

export interface JsonMember {
  readonly key: string;
  readonly start: number;
  readonly value: JsonNode;
}

export interface JsonArray extends Placed {
  readonly kind: "array";
  readonly items: readonly JsonNode[];
}

export interface JsonString extends Placed {
  readonly kind: "string";
  readonly value: string;
}

export interface JsonNumber extends Placed {
  readonly kind: "number";
  /** May have lost digits that the text has. */
  readonly value: number;
}

export interface JsonLiteral extends Placed {
  readonly kind: "literal";
  readonly value: true | false | null;
}

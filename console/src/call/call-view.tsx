/**
 * A call of a tool as it would run: every value under its key, with its type, where SQL would be a text. What is not understood as a call is
 * shown as the text that it is.
 */
import {
  type CallBranch,
  type CallLeaf,
  type CallNode,
  readCall,
} from "@countersign/sdk/call-tree";
import { visible } from "@countersign/sdk/visible";
import { createContext, memo, useContext, useMemo } from "react";
import { CommandView } from "../text/command-view.tsx";
import { MaskedChip, noSpans } from "../text/masked-text.tsx";
import type { MaskedSpan } from "../text/masked-tokens.ts";
import { shownPart } from "../text/shown-part.ts";
import { ShownText } from "../text/shown-text.tsx";
import styles from "./call.module.css";
import { type ShownItems, shownItems } from "./call-part.ts";

/** Values that are shown while not all of them are asked for. */
const valuesAtFirst = 100;

interface Showing {
  readonly masked: ReadonlyMap<number, MaskedSpan>;
  readonly isWhole: boolean;
  readonly items: ReadonlyMap<CallBranch, ShownItems>;
}

const ShowingContext = createContext<Showing>({
  masked: new Map(),
  isWhole: true,
  items: new Map(),
});

export const CallView = memo(function CallView({
  command,
  label,
  masked = noSpans,
  isWhole = true,
}: {
  readonly command: string;
  readonly label: string;
  /** Values and keys in whose place something else was sent. */
  readonly masked?: readonly MaskedSpan[];
  /** False: the beginning alone. */
  readonly isWhole?: boolean;
}) {
  const call = useMemo(() => readCall(command), [command]);
  const showing = useMemo(() => {
    const branches = call === null ? [] : [call.arguments, ...call.besides].filter(isBranch);
    const most = isWhole ? Number.POSITIVE_INFINITY : valuesAtFirst;
    return {
      masked: new Map(masked.map((span) => [span.start, span])),
      isWhole,
      items: new Map(branches.flatMap((branch) => [...shownItems(branch, most)])),
    };
  }, [call, masked, isWhole]);
  if (call === null) {
    return (
      <CommandView label={label} text={isWhole ? command : shownPart(command)} masked={masked} />
    );
  }
  const hasArguments = call.arguments !== null && !isEmpty(call.arguments);
  return (
    <figure className={styles.call} aria-label={label}>
      <ShowingContext value={showing}>
        <p className={styles.name}>
          <Leaf node={call.name} isBare />
        </p>
        {hasArguments && call.arguments !== null ? (
          <Values node={call.arguments} />
        ) : (
          <p className={styles.none}>It is called without arguments.</p>
        )}
        {call.besides.map((node) => (
          <div key={node.start} className={styles.besides}>
            <p className={styles.none}>Sent along with it, for its server:</p>
            <ul className={styles.values}>
              <Value node={node} place={null} />
            </ul>
          </div>
        ))}
      </ShowingContext>
    </figure>
  );
});

function Values({ node }: { readonly node: CallNode }) {
  const { items } = useContext(ShowingContext);
  if (!isBranch(node)) {
    return (
      <ul className={styles.values}>
        <Value node={node} place={null} />
      </ul>
    );
  }
  const { items: shown, more } = items.get(node) ?? { items: node.items, more: 0 };
  return (
    <ul className={styles.values}>
      {shown.map((item, at) => (
        <Value key={item.start} node={item} place={node.kind === "list" ? at + 1 : null} />
      ))}
      {more > 0 && (
        <li className={styles.none}>
          … and {more.toLocaleString("en")} {more === 1 ? "value" : "values"} more
        </li>
      )}
    </ul>
  );
}

function Value({ node, place }: { readonly node: CallNode; readonly place: number | null }) {
  const name = <Name node={node} place={place} />;
  if (!isBranch(node)) {
    const isBlock = node.kind === "text" && node.value.includes("\n");
    return (
      <li className={styles.value} data-block={isBlock || undefined}>
        {name}
        <Leaf node={node} />
      </li>
    );
  }
  if (isEmpty(node)) {
    return (
      <li className={styles.value}>
        {name}
        <span className={styles.type}>{branchText(node)}</span>
      </li>
    );
  }
  return (
    <li>
      <details open className={styles.branch}>
        <summary>
          {name}
          <span className={styles.type}>{branchText(node)}</span>
        </summary>
        <Values node={node} />
      </details>
    </li>
  );
}

function Name({ node, place }: { readonly node: CallNode; readonly place: number | null }) {
  const { masked } = useContext(ShowingContext);
  const { key, keyStart } = node;
  if (key === null) return <span className={styles.place}>{place ?? "value"}</span>;
  const span = keyStart === null ? undefined : masked.get(keyStart);
  return (
    <code className={styles.key}>
      {span !== undefined ? (
        <MaskedChip text={key} title={span.title} />
      ) : key === "" ? (
        <em>no name</em>
      ) : (
        <ShownText text={key} />
      )}
    </code>
  );
}

/** `isBare`: of a name, whose type goes without saying. */
function Leaf({ node, isBare = false }: { readonly node: CallLeaf; readonly isBare?: boolean }) {
  const { masked, isWhole } = useContext(ShowingContext);
  const span = masked.get(node.start);
  const type = isBare ? null : <span className={styles.type}>{typeText(node)}</span>;
  const text = isWhole ? node.value : shownPart(node.value);
  if (span !== undefined) {
    return (
      <>
        <code className={styles.leaf}>
          <MaskedChip text={text} title={span.title} />
        </code>
        {type}
      </>
    );
  }
  if (node.kind === "text" && text.includes("\n")) {
    return (
      <div className={styles.block}>
        <CommandView plain label={`Text of ${visible(node.key ?? "an item")}`} text={text} />
      </div>
    );
  }
  return (
    <>
      <code className={styles.leaf} data-kind={isBare ? undefined : node.kind}>
        {node.kind === "text" && !isBare ? (
          <>
            "<ShownText text={text} />"
          </>
        ) : (
          <ShownText text={text} />
        )}
      </code>
      {type}
    </>
  );
}

function typeText({ kind }: CallLeaf): string {
  switch (kind) {
    case "text":
      return "text";
    case "number":
      return "number";
    case "null":
      return "nothing";
    default:
      return "yes or no";
  }
}

function branchText({ kind, items }: CallBranch): string {
  const count = items.length.toLocaleString("en");
  if (kind === "object")
    return items.length === 0 ? "no fields" : `${count} ${items.length === 1 ? "field" : "fields"}`;
  return items.length === 0 ? "empty list" : `list of ${count}`;
}

function isBranch(node: CallNode | null): node is CallBranch {
  return node?.kind === "object" || node?.kind === "list";
}

function isEmpty(node: CallNode): boolean {
  return isBranch(node) && node.items.length === 0;
}

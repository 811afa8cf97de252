/** The filters of the history. What is set stands in the address, and nowhere else. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useApi } from "../api/api-context.tsx";
import { agentsQuery, connectionsQuery } from "../api/queries.ts";
import { ShownText } from "../text/shown-text.tsx";
import { Sign } from "../text/sign.tsx";
import styles from "./history.module.css";
import {
  activeFilters,
  askerNames,
  decisionNames,
  fieldNames,
  type HistorySearch,
  verbNames,
  withFilter,
} from "./history-search.ts";
import { NameFilter } from "./name-filter.tsx";

type Field = keyof HistorySearch;

export function HistoryFilters({ search }: { readonly search: HistorySearch }) {
  const api = useApi();
  const navigate = useNavigate();
  const connections = useInfiniteQuery(connectionsQuery(api));
  const agents = useInfiniteQuery(agentsQuery(api));
  const go = (next: HistorySearch) =>
    void navigate({ to: "/history", search: next, resetScroll: false });
  const set = (field: Field) => (value: string) => go(withFilter(search, field, value));
  const active = activeFilters(search);
  return (
    <div role="search" className={styles.filters} aria-label="Filters of the history">
      <div className={styles.controls}>
        <ChoiceFilter
          field="decision"
          value={search.decision ?? ""}
          choices={decisionNames}
          onChange={set("decision")}
        />
        <NameFilter
          id={controlId("connection")}
          label={fieldNames.connection}
          value={search.connection ?? ""}
          names={namesOf(connections.data)}
          isComplete={!connections.hasNextPage}
          onChange={set("connection")}
        />
        <NameFilter
          id={controlId("principal")}
          label={fieldNames.principal}
          value={search.principal ?? ""}
          names={namesOf(agents.data)}
          isComplete={!agents.hasNextPage}
          onChange={set("principal")}
        />
        <ChoiceFilter
          field="asker"
          value={search.asker ?? ""}
          unset="Agents and people"
          choices={askerNames}
          onChange={set("asker")}
        />
        <ChoiceFilter
          field="verb"
          value={search.verb ?? ""}
          choices={verbNames}
          onChange={set("verb")}
        />
      </div>
      {active.length > 0 && (
        <div className={styles.active}>
          <ul aria-label="Active filters">
            {active.map(({ field, label, value }) => (
              <li key={field}>
                <button
                  type="button"
                  className={styles.chip}
                  onClick={() => {
                    focusControl(field);
                    go(withFilter(search, field, ""));
                  }}
                >
                  <span className={styles.unseen}>Remove the filter </span>
                  <span>
                    {label}: <ShownText text={value} />
                  </span>
                  <Sign name="cross" />
                </button>
              </li>
            ))}
          </ul>
          <button
            type="button"
            className={styles.clear}
            onClick={() => {
              focusControl("decision");
              go({});
            }}
          >
            Clear all
          </button>
        </div>
      )}
    </div>
  );
}

function ChoiceFilter({
  field,
  value,
  unset = "Any",
  choices,
  onChange,
}: {
  readonly field: Field;
  readonly value: string;
  /** What it means to choose nothing. */
  readonly unset?: string;
  readonly choices: Readonly<Record<string, string>>;
  readonly onChange: (value: string) => void;
}) {
  return (
    <div className={styles.filter}>
      <label htmlFor={controlId(field)}>{fieldNames[field]}</label>
      <select
        id={controlId(field)}
        value={value}
        data-active={value !== "" || undefined}
        onChange={({ target }) => onChange(target.value)}
      >
        <option value="">{unset}</option>
        {Object.entries(choices).map(([choice, name]) => (
          <option key={choice} value={choice}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

function controlId(field: Field): string {
  return `filter-${field}`;
}

/** The button that was pressed goes away. */
function focusControl(field: Field): void {
  document.getElementById(controlId(field))?.focus();
}

function namesOf(
  data:
    | { readonly pages: readonly { readonly items: readonly { readonly name: string }[] }[] }
    | undefined,
): readonly string[] {
  return (data?.pages ?? []).flatMap(({ items }) => items.map(({ name }) => name));
}

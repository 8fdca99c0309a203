// The other filters: side, precision of the place, confidence, kind of record; and the reset button.
import { button, count, el, text } from "./dom.js";
import { activeFilters, everythingShown, toggled } from "./filtering.js";
import { presentValues, VALUES } from "./values.js";

/** Check boxes for one group; null where there is nothing to choose. */
const checkGroup = (app, group) => {
  const { store, words, model } = app;
  const values = presentValues(app, group);
  if (values.length < 2) return null;
  const legend = text("legend", "");
  const rows = values.map((value) => {
    const box = el("input", { type: "checkbox" });
    const name = text("span", "", "fg-check-name");
    const number = count("");
    box.addEventListener("change", () => store.set({ off: toggled(store.get().off, group, value) }));
    return { value, box, name, number, label: el("label", { class: "fg-check" }, [box, name, number]) };
  });
  const update = () => {
    const state = store.get();
    const counts = model.counts(state, group);
    for (const row of rows) {
      row.box.checked = !state.off[group].has(row.value);
      row.number.textContent = words.number(counts[row.value] || 0);
    }
  };
  const label = () => {
    legend.textContent = words.t(`filter.${group}`);
    for (const row of rows) row.name.textContent = VALUES[group].label(app, row.value);
    update();
  };
  return {
    element: el("fieldset", { class: "fg-group" }, [legend, ...rows.map((row) => row.label)]),
    update,
    label,
  };
};

/** The folded part of the panel with the rarer filters. */
export const createFilters = (app, host) => {
  const { store, words } = app;
  const groups = ["sides", "precisions", "confidences", "scopes"]
    .map((group) => [group, checkGroup(app, group)])
    .filter(([, made]) => made);
  const title = text("span", "", "fg-fold-title");
  const on = text("span", "", "fg-on");
  const fold = el("details", { class: "fg-fold" }, [
    el("summary", {}, [title, on]),
    ...groups.map(([, made]) => made.element),
  ]);
  fold.hidden = groups.length === 0;

  const update = () => {
    const { off } = store.get();
    groups.forEach(([, made]) => made.update());
    const set = groups.filter(([group]) => off[group].size > 0).length;
    on.textContent = set ? words.t("filter.more_on", { n: set }) : "";
  };
  const label = () => {
    title.textContent = words.t("filter.more");
    groups.forEach(([, made]) => made.label());
    update();
  };
  fold.open = groups.some(([group]) => store.get().off[group].size > 0);
  host.append(fold);
  store.on(["result", "off"], update);
  store.on(["lang"], label);
  label();
};

/** One button that shows everything again; seen only while something is hidden, but its place is kept. */
export const createReset = (app, host) => {
  const { store, words } = app;
  const reset = button("", "fg-button fg-reset", () => {
    store.set(everythingShown());
    const next = host.querySelector("input, button:not(.fg-reset)");
    if (next) next.focus();
  });
  const update = () => {
    reset.textContent = words.t("filter.reset");
    reset.style.visibility = activeFilters(store.get()).length === 0 ? "hidden" : "";
  };
  host.append(reset);
  store.on(["off", "query", "range", "lang"], update);
  update();
};

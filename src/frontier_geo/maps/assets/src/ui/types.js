// The filter of event types: a row for each with symbol, name and count; all, none, only this.
import { fold } from "../data/fold.js";
import { button, clear, count, el, text } from "./dom.js";
import { allOff, allOn, isOnly, onlyOne, toggled } from "./filtering.js";
import { symbolPicture } from "./pictures.js";
import { VALUES } from "./values.js";

const MANY = 12;

/** One row: the button that switches a type, and the one that shows only it. */
const typeRow = (app, value, act) => {
  const type = app.data.types[value];
  const name = text("span", "", "fg-type-name");
  const number = count("");
  const picture = symbolPicture(type.shape, type.colour);
  const main = button(null, "fg-type", () => act("toggle", value));
  main.append(picture, name, number);
  const only = button("", "fg-only", () => act("only", value));
  return { value, main, only, name, number, item: el("li", { class: "fg-type-row" }, [main, only]) };
};

export const createTypes = (app, host) => {
  const { store, words, data, model } = app;
  const group = VALUES.types;
  const values = group.values(data);
  const title = text("h2", "");
  const list = el("ul", { class: "fg-types" });
  const all = button("", "fg-link-button", () => store.set({ off: allOn(store.get().off, "types") }));
  const none = button("", "fg-link-button", () =>
    store.set({ off: allOff(store.get().off, "types", values) }),
  );
  const head = el("div", { class: "fg-section-head" }, [
    title,
    el("span", { class: "fg-section-acts" }, [all, none]),
  ]);
  const find = el("input", { type: "search", class: "fg-field", autocomplete: "off" });
  const nothing = text("p", "", "fg-note");
  const many = values.length > MANY;

  const act = (kind, value) => {
    const { off } = store.get();
    const single = kind === "only" && isOnly(off, "types", value, values);
    if (kind === "toggle") store.set({ off: toggled(off, "types", value) });
    else store.set({ off: single ? allOn(off, "types") : onlyOne(off, "types", value, values) });
  };
  const rows = values.map((value) => typeRow(app, value, act));

  const narrow = () => {
    const wanted = fold(find.value.trim());
    let left = 0;
    for (const row of rows) {
      row.item.hidden = wanted !== "" && !fold(row.name.textContent).includes(wanted);
      if (!row.item.hidden) left += 1;
    }
    nothing.hidden = left > 0 || !many;
  };
  const label = () => {
    title.textContent = words.t("filter.types");
    all.textContent = words.t("filter.all");
    none.textContent = words.t("filter.none");
    find.setAttribute("aria-label", words.t("filter.find_type"));
    find.setAttribute("placeholder", words.t("filter.find_type"));
    nothing.textContent = words.t("filter.no_type");
    for (const row of rows) {
      row.name.textContent = group.label(app, row.value);
      row.only.textContent = words.t("filter.only");
      row.only.setAttribute("aria-label", words.t("filter.only_this", { name: row.name.textContent }));
    }
    narrow();
    update();
  };
  const update = () => {
    const state = store.get();
    const counts = model.counts(state, "types");
    for (const row of rows) {
      const on = !state.off.types.has(row.value);
      row.main.setAttribute("aria-pressed", String(on));
      row.only.setAttribute("aria-pressed", String(isOnly(state.off, "types", row.value, values)));
      row.number.textContent = words.number(counts[row.value] || 0);
    }
  };

  find.addEventListener("input", narrow);
  find.hidden = !many;
  list.classList.toggle("fg-many", many);
  clear(list, ...rows.map((row) => row.item));
  host.append(el("section", { class: "fg-section" }, [head, find, list, nothing]));
  host.lastChild.hidden = values.length === 0;
  store.on(["lang"], label);
  store.on(["result", "off"], update);
  label();
};

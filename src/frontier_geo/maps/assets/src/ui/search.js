// The search box: what is typed goes to the state a moment later; the number of finds is said beside it.
import { button, el, text } from "./dom.js";

const PAUSE_MS = 250;

export const createSearch = (app, host) => {
  const { store, words, root } = app;
  const id = `${root.id}-search`;
  const label = el("label", { for: id, class: "fg-search-label" });
  const field = el("input", {
    type: "search",
    id,
    class: "fg-field",
    autocomplete: "off",
    spellcheck: "false",
    dir: "auto",
  });
  const empty = button("", "fg-button fg-search-clear", () => {
    field.value = "";
    send();
    field.focus();
  });
  const finds = text("p", "", "fg-note fg-finds");
  let timer = 0;

  const send = () => {
    window.clearTimeout(timer);
    const query = field.value.trim();
    if (query !== (store.get().query || "").trim()) store.set({ query });
  };
  const count = (found) => found.reduce((sum, one) => sum + one, 0);
  const update = () => {
    const { query, found, searching } = store.get();
    empty.hidden = field.value === "";
    finds.hidden = !query;
    if (!query) return;
    const told = found ? words.t("filter.found", { n: count(found) }) : ""; // none after a failure
    finds.textContent = searching ? words.t("filter.searching") : told;
  };
  const follow = () => {
    const { query } = store.get();
    if (field.value.trim() !== (query || "")) field.value = query || "";
    update();
  };
  const name = () => {
    label.textContent = words.t("filter.search");
    field.setAttribute("placeholder", words.t("filter.search_hint"));
    empty.textContent = words.t("filter.clear");
    empty.setAttribute("aria-label", words.t("filter.clear_search"));
    update();
  };

  field.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(send, PAUSE_MS);
    update();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") send();
    if (event.key === "Escape" && field.value) {
      event.stopPropagation();
      field.value = "";
      send();
    }
  });
  host.append(
    el("div", { class: "fg-search", role: "search" }, [
      label,
      el("div", { class: "fg-search-row" }, [field, empty]),
      finds,
    ]),
  );
  store.on(["query"], follow);
  store.on(["found", "searching"], update);
  store.on(["lang"], name);
  follow();
  name();
};

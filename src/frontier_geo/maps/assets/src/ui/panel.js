// The panel: filters and legend, the incidents in view, what the page is.
import { createAbout } from "./about.js";
import { el, text } from "./dom.js";
import { createFilters, createReset } from "./filters.js";
import { createLayers } from "./layers.js";
import { createLegend } from "./legend.js";
import { createSearch } from "./search.js";
import { createTable } from "./table.js";
import { createTabs } from "./tabs.js";
import { createTypes } from "./types.js";

const TABS = ["filters", "incidents", "about"];

/** Build the panel in `shell.panel`; returns {show(tab), table}. */
export const createPanel = (app, shell) => {
  const { store, words, root } = app;
  const tabs = createTabs(root.id, TABS, () => words.dir === "rtl");
  const { filters, incidents, about } = tabs.panels;
  shell.panel.append(tabs.list, ...TABS.map((name) => tabs.panels[name]));

  if (app.columns.n > 0) {
    createSearch(app, filters);
    createReset(app, filters);
    createTypes(app, filters);
  }
  createLegend(app, filters);
  if (app.columns.n > 0) createFilters(app, filters);
  createLayers(app, filters);

  const table = createTable(app, incidents);
  createAbout(app, about, table.undated);
  const saving = text("h2", "");
  filters.append(el("section", { class: "fg-section" }, [saving, shell.save]));

  const label = () => {
    const { result } = store.get();
    tabs.list.setAttribute("aria-label", words.t("panel.tabs"));
    tabs.tabs.filters.textContent = words.t("panel.filters");
    tabs.tabs.incidents.textContent = words.t("panel.incidents", { n: result ? result.count : 0 });
    tabs.tabs.about.textContent = words.t("panel.about");
    saving.textContent = words.t("panel.save");
  };
  store.on(["lang", "result"], label);
  tabs.on((name) => {
    if (name === "incidents") table.refresh();
  });
  label();

  const show = (name, focus = false) => {
    tabs.open(name);
    if (root.classList.contains("fg-narrow")) store.set({ drawer: true });
    if (focus) tabs.tabs[name].focus();
  };
  return {
    show,
    table,
    get tab() {
      return tabs.current;
    },
  };
};

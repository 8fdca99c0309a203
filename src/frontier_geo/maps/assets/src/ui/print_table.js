// The table for paper: at most so many rows, with a note that says so.
import { el, text } from "./dom.js";
import { knownText, positionText, typeText, whenText } from "./incident_facts.js";
import { offMap } from "./rows.js";

export const PRINT_ROWS = 200;
const PAUSE_MS = 1000;

/** Texts that are there already, by incident: printing cannot wait for them. */
export const createPrintTable = (app, table) => {
  const { store, words, texts } = app;
  const ready = new Map();
  let timer = 0;

  /** What the table lists: the incidents in view, or those without a place where there are no others. */
  const listed = () => {
    const { result } = store.get();
    const { nowhere } = offMap(app.columns, store.get());
    if (result.count > 0 && nowhere.length === result.count) {
      const note = nowhere.length > PRINT_ROWS ? words.range(1, PRINT_ROWS) : null;
      return { title: words.t("table.unplaced", { n: nowhere.length }), ids: nowhere, note };
    }
    const ids = Array.from(table.find());
    const shown = words.number(PRINT_ROWS);
    const note = ids.length > PRINT_ROWS ? words.t("table.print_cut", { n: ids.length, shown }) : null;
    return { title: words.t("table.title"), ids, note };
  };
  const prepare = async () => {
    const ids = listed().ids.slice(0, PRINT_ROWS);
    const records = await texts.many(ids);
    ready.clear();
    records.forEach((record, k) => ready.set(ids[k], record));
  };
  const later = (pause) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      if (store.get().playing) return;
      prepare().catch(() => ready.clear());
    }, pause);
  };
  store.on(["result", "view"], () => later(PAUSE_MS));
  later(0);

  const cells = (i) => {
    const record = ready.get(i) || {};
    const what = [record.place || positionText(app, i) || knownText(app, i), record.summary].filter(Boolean);
    return el("tr", {}, [
      text("td", whenText(app, i)),
      text("td", typeText(app, i)),
      el(
        "td",
        {},
        what.map((one) => text("p", one)),
      ),
    ]);
  };
  const draw = () => {
    const { title, ids, note } = listed();
    const heads = ["date", "type", "place"].map((key) => text("th", words.t(`table.${key}`)));
    return el("section", { class: "fg-print-table" }, [
      text("h2", title),
      note ? text("p", note) : null,
      ids.length
        ? el("table", {}, [
            el("thead", {}, [el("tr", {}, heads)]),
            el("tbody", {}, ids.slice(0, PRINT_ROWS).map(cells)),
          ])
        : text("p", words.t("table.empty")),
    ]);
  };
  return { prepare, draw };
};

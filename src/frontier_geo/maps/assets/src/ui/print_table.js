// The table for paper: at most so many rows, with a note that says so.
import { el, text } from "./dom.js";
import { knownText, positionText, typeText, whenText } from "./incident_facts.js";

export const PRINT_ROWS = 200;
const PAUSE_MS = 1000;

/** Texts that are there already, by incident: printing cannot wait for them. */
export const createPrintTable = (app, table) => {
  const { store, words, texts } = app;
  const ready = new Map();
  let timer = 0;

  const wanted = () => table.find().subarray(0, PRINT_ROWS);
  const prepare = async () => {
    const ids = wanted();
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
    const ids = table.find();
    const rows = Array.from(ids.subarray(0, PRINT_ROWS), cells);
    const note =
      ids.length > PRINT_ROWS
        ? words.t("table.print_cut", { n: ids.length, shown: words.number(PRINT_ROWS) })
        : null;
    return el("section", { class: "fg-print-table" }, [
      text("h2", words.t("table.title")),
      note ? text("p", note) : null,
      rows.length
        ? el("table", {}, [
            el("thead", {}, [
              el(
                "tr",
                {},
                ["date", "type", "place"].map((key) => text("th", words.t(`table.${key}`))),
              ),
            ]),
            el("tbody", {}, rows),
          ])
        : text("p", words.t("table.empty")),
    ]);
  };
  return { prepare, draw };
};

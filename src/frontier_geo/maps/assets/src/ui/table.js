// The incidents in view: a table in pages, linked with the map and the chart by hover and by button.
import { MISSING } from "../data/columns.js";
import { clear, el, text } from "./dom.js";
import { knownText, positionText, typeText, whenText } from "./incident_facts.js";
import { incidentFolds, incidentSymbol } from "./sheet_incident.js";
import { inView, lineVertices, offMap, sorted, stretchesInView } from "./rows.js";
import { createTableHead } from "./table_head.js";

const PAGE = 100;
const MOST_KEPT = 1000; // rows that stay open while the map moves
const PAUSE_MS = 140;

const countUndated = (columns) => {
  let count = 0;
  for (let i = 0; i < columns.n; i += 1) if (columns.day[i] === MISSING) count += 1;
  return count;
};

/** One row: date, type, and a button with the place that picks the incident. */
const rowOf = (app, i) => {
  const place = el("button", { type: "button", class: "fg-place", dir: "auto" });
  place.textContent = positionText(app, i) || knownText(app, i);
  const summary = text("span", "", "fg-row-summary");
  const row = el("tr", { class: "fg-row", role: "row" }, [
    el("td", { class: "fg-row-type", role: "cell" }, [
      incidentSymbol(app, i),
      text("span", typeText(app, i)),
    ]),
    el("td", { class: "fg-row-date", role: "cell" }, [text("span", whenText(app, i))]),
    el("td", { class: "fg-row-place", role: "cell" }, [place, summary]),
  ]);
  row.dataset.id = String(i);
  return { row, place, summary };
};

const fillText = ({ place, summary }, record) => {
  if (record.place) place.textContent = record.place;
  summary.textContent = record.summary || "";
};

export const createTable = (app, host) => {
  const { store, words, data, columns, model, texts, root } = app;
  const vertices = lineVertices(data.boundary);
  const order = { key: "date", up: false };
  const made = new Map(); // the rows on the page by incident: kept while they stay in the list
  let ids = new Uint32Array(0);
  let shown = 0;
  let listed = ""; // which incidents the list of those off the map holds

  const status = text("p", "", "fg-note fg-table-count");
  const body = el("tbody", { role: "rowgroup" });
  const caption = text("caption", "", "fg-hidden");
  const head = createTableHead(app, order, () => refresh());
  const table = el("table", { class: "fg-table", role: "table" }, [caption, head.element, body]);
  const more = el("button", { type: "button", class: "fg-button fg-more" });
  const nowhere = el("section", { class: "fg-section fg-nowhere" });
  host.append(status, nowhere, table, more);

  const grow = (length = PAGE) => {
    const next = ids.subarray(shown, shown + length);
    const fresh = next.filter((i) => !made.has(i));
    fresh.forEach((i) => made.set(i, rowOf(app, i)));
    body.append(...Array.from(next, (i) => made.get(i).row));
    shown += next.length;
    texts.many(fresh).then(
      (records) =>
        records.forEach((record, k) => {
          const row = made.get(fresh[k]);
          if (row) fillText(row, record);
        }),
      () => {},
    );
    more.hidden = shown >= ids.length;
    more.textContent = words.t("table.more", { n: Math.min(PAGE, ids.length - shown) });
    mark();
    return made.get(next[0]);
  };
  /** Forget rows that are no longer in the first pages; those that stay keep their element and the focus. */
  const keepRows = (length) => {
    const first = new Set(ids.subarray(0, length));
    for (const [id, { row }] of made) {
      if (first.has(id)) continue;
      row.remove();
      made.delete(id);
    }
  };
  const typeOrder = () => {
    const names = data.types.map((type, t) => [words.term("type", type.key), t]);
    names.sort((a, b) => a[0].localeCompare(b[0], words.lang));
    const ranks = new Uint16Array(names.length);
    names.forEach(([, t], rank) => {
      ranks[t] = rank;
    });
    return ranks;
  };
  const find = () => {
    const { result, view } = store.get();
    const bounds = view && view.bounds;
    const seen = bounds
      ? stretchesInView(vertices, data.stretches, bounds)
      : new Uint8Array(data.stretches.length).fill(1);
    return sorted(columns, data.stretches, inView(columns, result.visible, bounds, seen), {
      ...order,
      typeOrder: typeOrder(),
    });
  };
  const fillNowhere = () => {
    const off = offMap(columns, store.get());
    const now = `${words.lang} ${off.nowhere} ${off.undated}`;
    if (now === listed) return;
    listed = now;
    const part = (key, list) =>
      list.length
        ? [
            el("details", { class: "fg-fold" }, [
              el("summary", {}, [text("span", words.t(key, { n: list.length }), "fg-fold-title")]),
              incidentFolds(app, list),
            ]),
          ]
        : [];
    clear(nowhere, ...part("table.unplaced", off.nowhere), ...part("table.undated", off.undated));
    nowhere.hidden = off.nowhere.length + off.undated.length === 0;
  };
  /** Find and draw again, if the table is to be seen; the panel asks again when it shows it. */
  const refresh = () => {
    if (host.hidden || !store.get().result) return;
    const focused = body.contains(document.activeElement) ? document.activeElement : null;
    const length = Math.max(PAGE, Math.min(shown, MOST_KEPT));
    ids = find();
    keepRows(length);
    shown = 0;
    status.textContent = ids.length
      ? words.t("table.in_view", { n: ids.length })
      : words.t(data.n ? "table.empty" : "header.none");
    table.hidden = ids.length === 0;
    grow(length);
    fillNowhere();
    // Moving a row takes its focus.
    if (focused && focused.isConnected) focused.focus({ preventScroll: true });
  };

  let timer = 0;
  let last = 0;
  const soon = () => {
    window.clearTimeout(timer);
    const wait = Math.max(PAUSE_MS, Math.min(600, 600 - (Date.now() - last)));
    timer = window.setTimeout(
      () => {
        last = Date.now();
        refresh();
      },
      store.get().playing ? wait : PAUSE_MS,
    );
  };

  const rowAt = (target) => {
    const row = target instanceof Element && target.closest("tr[data-id]");
    return row ? Number(row.dataset.id) : null;
  };
  const hover = (event) => {
    const id = rowAt(event.target);
    if (id === null) return;
    const { hover: before } = store.get();
    if (!before || before.kind !== "incident" || before.id !== id)
      store.set({ hover: { kind: "incident", id } });
  };
  const leave = () => {
    const { hover: before } = store.get();
    if (before && before.kind === "incident") store.set({ hover: null });
  };
  const pick = (event) => {
    const id = rowAt(event.target);
    if (id === null) return;
    if (root.classList.contains("fg-narrow")) store.set({ drawer: false });
    store.set({ pick: null });
    store.set({ pick: { kind: "incident", id } });
  };
  const names = (thing, id) =>
    Boolean(thing) &&
    ((thing.kind === "incident" && thing.id === id) ||
      (thing.kind === "incidents" && thing.ids.includes(id)) ||
      (thing.kind === "segment" && columns.known[id] === thing.id + 1) ||
      (thing.kind === "stretch" && columns.stretch[id] === thing.id + 1) ||
      (thing.kind === "cell" && data.cells[thing.id].stretches.includes(columns.stretch[id] - 1)));
  const mark = () => {
    const { hover: over, pick: picked } = store.get();
    for (const row of body.children) {
      const id = Number(row.dataset.id);
      row.classList.toggle("fg-hovered", names(over, id));
      row.classList.toggle("fg-picked", names(picked, id));
    }
  };

  const label = () => {
    caption.textContent = words.t("table.title");
    head.label();
    made.clear();
    body.textContent = "";
    refresh();
  };
  body.addEventListener("mouseover", hover);
  body.addEventListener("mouseleave", leave);
  body.addEventListener("focusin", hover);
  body.addEventListener("focusout", leave);
  body.addEventListener("click", pick);
  more.addEventListener("click", () => {
    const first = grow();
    if (first) first.place.focus();
  });
  store.on(["hover", "pick"], mark);
  store.on(["result", "view"], soon);
  store.on(["lang"], label);
  label();
  return { refresh, find, rowOf: (i) => rowOf(app, i), undated: countUndated(columns), model };
};

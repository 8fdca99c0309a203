// The sheet of one incident, and of several, each of which folds open by itself.
import { clear, el, item, link, text } from "./dom.js";
import { incidentFacts, typeText, whenText } from "./incident_facts.js";
import { symbolPicture } from "./pictures.js";

const AT_ONCE = 25;
const FILLED = new Set(["exact", "settlement"]);

const several = (values) =>
  el(
    "ul",
    { class: "fg-lines" },
    values.map(item),
  );

/** A list of terms with what is said of each. */
export const factList = (rows) =>
  el(
    "dl",
    { class: "fg-facts" },
    rows.map(([term, value]) => {
      const said =
        typeof value === "string"
          ? text("dd", value)
          : el("dd", {}, [Array.isArray(value) ? several(value) : value]);
      return el("div", { class: "fg-fact" }, [text("dt", term), said]);
    }),
  );

const sourceList = (app, record) => {
  const items = record.links.map(([address, host, day]) => {
    const source = el("li", {}, [link(address, host)]);
    const date = Number.isInteger(day) ? app.words.day(day, "day") : day;
    if (date) source.append(" ", text("span", date, "fg-quiet"));
    return source;
  });
  record.others.filter(Boolean).forEach((other) => items.push(item(other)));
  if (record.source) items.push(item(record.source));
  return items.length ? el("ul", { class: "fg-sources" }, items) : null;
};

/** The symbol of an incident as the map draws it. */
export const incidentSymbol = (app, i) => {
  const type = app.data.types[app.columns.type[i]];
  const precision = app.data.precisions[app.columns.precision[i]];
  return type ? symbolPicture(type.shape, type.colour, { hollow: !FILLED.has(precision) }) : null;
};

const body = (app, i, record) => {
  const { words } = app;
  const rows = incidentFacts(app, i, record).map(([key, value]) => [words.t(`sheet.${key}`), value]);
  const sources = sourceList(app, record);
  if (sources) rows.push([words.t("sheet.sources"), sources]);
  return [record.summary ? text("p", record.summary, "fg-summary") : null, factList(rows)];
};

/** What is known of incident `i`; its text arrives a moment later. */
export const incidentSheet = (app, i, { heading = true } = {}) => {
  const { words } = app;
  const head = heading
    ? el("h2", { class: "fg-sheet-title" }, [incidentSymbol(app, i), text("span", typeText(app, i))])
    : null;
  const wait = text("p", words.t("sheet.loading"), "fg-quiet");
  const sheet = el("article", { class: "fg-sheet" }, [head, wait]);
  app.texts.get(i).then(
    (record) => clear(sheet, head, ...body(app, i, record)),
    () => {
      wait.textContent = words.t("sheet.no_text");
    },
  );
  return sheet;
};

/** One incident that folds open. */
const foldOf = (app, i, open) => {
  const place = text("span", "", "fg-fold-place");
  const head = el("summary", {}, [
    incidentSymbol(app, i),
    el("span", { class: "fg-fold-head" }, [
      text("b", typeText(app, i)),
      " ",
      text("span", whenText(app, i), "fg-quiet"),
      " ",
      place,
    ]),
  ]);
  app.texts.get(i).then(
    (record) => {
      place.textContent = record.place || "";
    },
    () => {},
  );
  const fold = el("details", { class: "fg-incident" }, [head]);
  const fill = () => {
    if (fold.open && fold.children.length === 1) fold.append(incidentSheet(app, i, { heading: false }));
  };
  fold.addEventListener("toggle", fill);
  fold.open = open;
  fill();
  return fold;
};

/** Folds for many incidents, so many at a time. `ids` may be long. */
export const incidentFolds = (app, ids) => {
  const box = el("div", { class: "fg-folds" });
  let shown = 0;
  const more = el("button", { type: "button", class: "fg-button" });
  const grow = () => {
    const next = Array.from(ids.slice(shown, shown + AT_ONCE));
    const made = next.map((i) => foldOf(app, i, ids.length === 1));
    more.before(...made);
    shown += made.length;
    more.hidden = shown >= ids.length;
    more.textContent = app.words.t("table.more", { n: Math.min(AT_ONCE, ids.length - shown) });
    return made[0];
  };
  more.addEventListener("click", () => {
    const first = grow();
    if (first) first.querySelector("summary").focus();
  });
  box.append(more);
  grow();
  return box;
};

/** Several incidents that share one place. */
export const incidentsSheet = (app, ids) =>
  el("article", { class: "fg-sheet fg-sheet-many" }, [
    text("h2", app.words.t("sheet.several", { n: ids.length })),
    incidentFolds(app, ids),
  ]);

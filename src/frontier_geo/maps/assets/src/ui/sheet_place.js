// Sheets of stretches, of the outer band, of landmarks and of areas.
import { count, el, text } from "./dom.js";
import { isNumber, kilometres } from "./numbers.js";
import { factList, incidentFolds } from "./sheet_incident.js";

/** The visible incidents known only to one of these stretches, newest first. */
export const incidentsOf = (columns, visible, stretches) => {
  const wanted = new Set(stretches.map((stretch) => stretch + 1));
  const ids = [];
  for (let i = columns.n - 1; i >= 0; i -= 1) if (visible[i] && wanted.has(columns.stretch[i])) ids.push(i);
  return ids;
};

const rangeText = (words, { from, to }) =>
  words.t("sheet.km_range", { from: kilometres(words, from), to: kilometres(words, to) });

/** The name of a stretch and its kilometres. */
export const stretchText = (words, stretch) => {
  const range = rangeText(words, stretch);
  return stretch.name ? words.t("sheet.stretch_named", { name: words.name(stretch.name), range }) : range;
};

export const stretchSheet = (app, index) => {
  const { words, data, columns, store } = app;
  const stretch = data.stretches[index];
  const ids = incidentsOf(columns, store.get().result.visible, [index]);
  return el("article", { class: "fg-sheet fg-sheet-many" }, [
    text("h2", stretchText(words, stretch)),
    text("p", words.t("sheet.stretch_about", { n: ids.length }), "fg-note"),
    incidentFolds(app, ids),
  ]);
};

/** A piece of the outer band: the longer stretches that cover it, each with its incidents. */
export const cellSheet = (app, index) => {
  const { words, data, columns, store } = app;
  const cell = data.cells[index];
  const { visible } = store.get().result;
  const parts = cell.stretches
    .map((number) => ({ stretch: data.stretches[number], ids: incidentsOf(columns, visible, [number]) }))
    .filter((part) => part.ids.length > 0);
  const total = parts.reduce((sum, part) => sum + part.ids.length, 0);
  return el("article", { class: "fg-sheet fg-sheet-many" }, [
    text("h2", rangeText(words, cell)),
    text("p", words.t("sheet.cell_about", { n: total }), "fg-note"),
    ...parts.map(({ stretch, ids }) => {
      const fold = el("details", { class: "fg-incident" }, [
        el("summary", {}, [
          text("span", stretchText(words, stretch), "fg-fold-head"),
          count(words.number(ids.length)),
        ]),
      ]);
      fold.addEventListener("toggle", () => {
        if (fold.open && fold.children.length === 1) fold.append(incidentFolds(app, ids));
      });
      return fold;
    }),
  ]);
};

export const referentSheet = (app, index) => {
  const { words, data } = app;
  const { name, kind, from, to } = data.referents[index];
  let where = null;
  if (isNumber(from)) {
    where =
      isNumber(to) && to !== from
        ? rangeText(words, { from, to })
        : words.t("sheet.at_km", { km: kilometres(words, from) });
  }
  const rows = [
    [words.t("sheet.kind"), kind ? words.term("kind", kind) : null],
    [words.t("sheet.border"), where],
  ];
  return el("article", { class: "fg-sheet" }, [
    text("h2", words.name(name) || words.t("kind.landmark")),
    factList(rows.filter(([, value]) => value !== null)),
  ]);
};

export const areaSheet = (app, index) => {
  const { words, data } = app;
  const { name, kind, country } = data.areas.items[index];
  const along = data.frontages
    .filter((frontage) => frontage.name === name)
    .map((frontage) => rangeText(words, frontage));
  const rows = [
    [words.t("sheet.kind"), kind ? words.term("kind", kind) : null],
    [words.t("sheet.country"), country && kind !== "country" ? words.term("country", country) : null],
    [words.t("sheet.border"), along.length ? along : null],
  ];
  return el("article", { class: "fg-sheet" }, [
    text("h2", words.name(name)),
    factList(rows.filter(([, value]) => value !== null)),
  ]);
};

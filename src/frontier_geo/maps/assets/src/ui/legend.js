// The legend: classes of the ribbon, bars, symbols, bands, landmarks.
import { landmarkSign } from "../map/symbols.js";
import { PALETTE } from "../map/palette.js";
import { resolutionText } from "./basis.js";
import { classLabel, classRows } from "./classes.js";
import { button, clear, count, el, text } from "./dom.js";
import { rounded } from "./numbers.js";
import {
  bandPicture,
  barPicture,
  landmarkPicture,
  linePicture,
  severalPicture,
  symbolPicture,
} from "./pictures.js";

const entry = (picture, label, number) =>
  el("li", {}, [
    el("span", { class: "fg-legend-picture" }, [picture]),
    text("span", label, "fg-legend-text"),
    number === undefined ? null : count(number),
  ]);

/** What the colours stand for, in words. */
export const unitText = (words, rates) => {
  if (rates.follows === "expected") return words.t("legend.unit_expected");
  if (rates.follows === "known") return words.t("legend.unit_known");
  return words.t("legend.unit_column", { column: words.term("column", rates.column) });
};

/** The classes of the ribbon, or of the bars. */
const ribbonPart = (app) => {
  const { words, data, store } = app;
  const { rates } = data;
  const { result, style } = store.get();
  const rows = classRows(rates.breaks, result.classOf, { open: rates.follows !== null });
  const bars = style === "bars";
  const list = el(
    "ul",
    { class: "fg-legend" },
    rows.map((row) => {
      const colour = rates.colours[row.index];
      const picture = bars ? barSample(colour) : linePicture(colour, rates.widths[row.index]);
      const label = row.kind === "missing" ? words.t("legend.missing") : classLabel(words, row);
      return entry(picture, label, words.number(row.count));
    }),
  );
  return [
    text("p", unitText(words, rates), "fg-note"),
    el("div", { class: "fg-legend-head", "aria-hidden": "true" }, [
      text("span", words.t("legend.rate")),
      text("span", words.t("legend.segments")),
    ]),
    list,
    bars ? barScale(app) : null,
    rates.follows === "expected" && resolutionText(app) ? text("p", resolutionText(app), "fg-note") : null,
    text("p", words.t(rates.follows === null ? "legend.classes_table" : "legend.classes_note"), "fg-note"),
  ];
};

const barSample = (colour) => barPicture(colour, 10);

/** How tall a bar is for which rate, on the map as it stands. */
const barScale = ({ map, words }) => {
  const scale = map && map.barScale;
  if (!scale || !(scale.rate > 0)) return text("p", words.t("legend.bars"), "fg-note");
  return el("div", { class: "fg-bar-scale" }, [
    barPicture(PALETTE.several, scale.pixels),
    text("p", words.t("legend.bar_scale", { rate: rounded(words, scale.rate, 2) }), "fg-note"),
  ]);
};

const incidentPart = (app) => {
  const { words, data } = app;
  const sample = PALETTE.several;
  const rows = [
    [symbolPicture("circle", sample), "legend.filled"],
    [symbolPicture("circle", sample, { hollow: true }), "legend.hollow"],
    [severalPicture(words.number(3)), "legend.several"],
  ];
  if (data.stretches.length) rows.push([bandPicture(true), "legend.stretch"]);
  if (data.cells.length) rows.push([bandPicture(false), "legend.cell"]);
  return [
    el(
      "ul",
      { class: "fg-legend fg-legend-wide" },
      rows.map(([picture, key]) => entry(picture, words.t(key))),
    ),
  ];
};

const SIGN_WORDS = {
  bridge: "kind.bridge",
  ferry: "legend.ferry",
  tripoint: "kind.tripoint",
  water: "legend.water",
};

const landmarkPart = (app) => {
  const { words, data } = app;
  const signs = [...new Set(data.referents.map((referent) => landmarkSign(referent.kind)))];
  return [
    el(
      "ul",
      { class: "fg-legend fg-legend-wide fg-landmark-signs" },
      signs.map((sign) => entry(landmarkPicture(sign), words.t(SIGN_WORDS[sign]))),
    ),
  ];
};

/** Fill `host` with the legend and keep it true to the state. */
export const createLegend = (app, host) => {
  const { store, words, data } = app;
  const read = button("", "fg-link-button", () => store.set({ help: true }));
  const title = text("h2", "");
  const ribbon = el("section", { class: "fg-section" }, [
    el("div", { class: "fg-section-head" }, [title, read]),
    el("div"),
  ]);
  const incidents = el("section", { class: "fg-section" });
  const landmarks = el("section", { class: "fg-section" });

  const rates = () => {
    ribbon.hidden = data.segments.id.length === 0;
    if (ribbon.hidden || !store.get().result) return;
    clear(ribbon.lastChild, ...ribbonPart(app));
  };
  const label = () => {
    title.textContent = words.t("legend.title");
    read.textContent = words.t("read.title");
    rates();
    incidents.hidden = data.n === 0;
    landmarks.hidden = data.referents.length === 0;
    clear(incidents, text("h2", words.t("legend.symbols")), ...incidentPart(app));
    clear(landmarks, text("h2", words.t("legend.landmarks")), ...landmarkPart(app));
  };

  let waiting = 0;
  const soon = () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(rates, 120);
  };
  host.append(ribbon, incidents, landmarks);
  store.on(["lang"], label);
  store.on(["style"], rates);
  store.on(["result"], soon);
  store.on(["view"], () => {
    if (store.get().style === "bars") soon();
  });
  label();
};

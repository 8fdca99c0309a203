// The legend: classes of the ribbon, bars, symbols, bands, landmarks.
import { readPlaces } from "../map/points.js";
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
  const told = rates.column !== null; // else the colours say nothing but that there is no rate
  const rows = classRows(rates.breaks, result.classOf, { open: rates.follows !== null }).filter(
    (row) => told || row.kind === "missing",
  );
  const bars = style === "bars";
  const list = el(
    "ul",
    { class: "fg-legend" },
    rows.map((row) => {
      const colour = rates.colours[row.index];
      const picture = bars ? barSample(colour) : linePicture(colour, rates.widths[row.index]);
      const label = classLabel(words, row);
      return entry(picture, label, words.number(row.count));
    }),
  );
  return [
    told ? text("p", unitText(words, rates), "fg-note") : null,
    el("div", { class: "fg-legend-head", "aria-hidden": "true" }, [
      text("span", words.t("legend.rate")),
      text("span", words.t("legend.segments")),
    ]),
    list,
    bars && told ? barScale(app) : null,
    rates.follows === "expected" && resolutionText(app) ? text("p", resolutionText(app), "fg-note") : null,
    told
      ? text("p", words.t(rates.follows === null ? "legend.classes_table" : "legend.classes_note"), "fg-note")
      : null,
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

/** Which signs of incidents a page can have on its map: keys of the legend. */
export const incidentSigns = ({ data, columns }) => {
  const { placed, hollow, count: places } = readPlaces(columns, data.precisions);
  const roughly = placed.reduce((sum, one, e) => sum + (one & hollow[e]), 0);
  return [
    places > roughly && "legend.filled",
    roughly > 0 && "legend.hollow",
    places > 1 && "legend.several",
    data.stretches.length > 0 && "legend.stretch",
    data.cells.length > 0 && "legend.cell",
  ].filter(Boolean);
};

const incidentPart = ({ words }, signs) => {
  const sample = PALETTE.several;
  const pictures = {
    "legend.filled": () => symbolPicture("circle", sample),
    "legend.hollow": () => symbolPicture("circle", sample, { hollow: true }),
    "legend.several": () => severalPicture(words.number(3)),
    "legend.stretch": () => bandPicture(true),
    "legend.cell": () => bandPicture(false),
  };
  return [
    el(
      "ul",
      { class: "fg-legend fg-legend-wide" },
      signs.map((key) => entry(pictures[key](), words.t(key))),
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
  const signs = incidentSigns(app);

  const rates = () => {
    ribbon.hidden = data.segments.id.length === 0;
    if (ribbon.hidden || !store.get().result) return;
    clear(ribbon.lastChild, ...ribbonPart(app));
  };
  const label = () => {
    title.textContent = words.t("legend.title");
    read.textContent = words.t("read.title");
    rates();
    incidents.hidden = signs.length === 0;
    landmarks.hidden = data.referents.length === 0;
    clear(incidents, text("h2", words.t("legend.symbols")), ...incidentPart(app, signs));
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

/** Paper: before printing, a section of real text with pictures of map and diagram takes the page's place. */
import { el, text } from "../ui/dom.js";
import { linePicture, barPicture, symbolPicture } from "../ui/pictures.js";
import { mapAspect, sheetOf } from "./picture.js";
import { classEntries, typeEntries, wordsOf } from "./sheet.js";

const WIDTH = 1040; // CSS px of the pictures; the page scales them
const SCALE = 2.5; // about 300 dpi on A4
const CHART_HEIGHT = 290;
const TALLEST = 0.6; // height of the map to its width: more would push the legend off page one

/** A canvas as an image: browsers do not print every canvas at its size. */
const still = (canvas, className) => {
  const image = el("img", { class: className, alt: "", decoding: "sync" });
  image.src = canvas.toDataURL("image/png");
  return image;
};

const drawn = (className, name, height, paint) => {
  const { canvas, ctx } = sheetOf(WIDTH, height, SCALE);
  paint(ctx, WIDTH, height);
  const image = still(canvas, className);
  image.alt = name;
  return image;
};

const sample = (entry) => {
  if (entry.kind === "symbol") return symbolPicture(entry.shape, entry.colour);
  return entry.kind === "bar" ? barPicture(entry.colour, 10) : linePicture(entry.colour, entry.width);
};

/** The picture of an entry, at its size in CSS pixels. */
const stillSample = (entry) => {
  const canvas = sample(entry);
  const image = still(canvas, "fg-print-sample");
  image.style.width = canvas.style.width;
  image.style.height = canvas.style.height;
  return image;
};

const legend = (entries) =>
  entries.length
    ? el(
        "ul",
        { class: "fg-print-legend" },
        entries.map((entry) => el("li", {}, [stillSample(entry), text("span", entry.label)])),
      )
    : null;

/** The section for paper. */
export const printSection = (app) => {
  const { title, lines, sources, version } = wordsOf(app);
  const { words } = app;
  const classes = classEntries(app);
  const mapHeight = Math.round(WIDTH * Math.min(TALLEST, mapAspect(app.map.leaflet.getContainer())));
  const picture = (className, name, height, part) =>
    drawn(className, words.t(name), height, (ctx, w, h) => part.drawTo(ctx, w, h));
  const first = el("div", { class: "fg-print-first" }, [
    el("div", { class: "fg-print-head" }, [text("h1", title), ...lines.map((line) => text("p", line))]),
    picture("fg-print-map", "save.map_alt", mapHeight, app.map),
    el("div", { class: "fg-print-key" }, [
      classes.title ? text("p", classes.title, "fg-print-title") : null,
      legend(classes.entries),
      legend(typeEntries(app)),
    ]),
    app.data.segments.from.length
      ? picture("fg-print-chart", "chart.region", CHART_HEIGHT, app.chart)
      : null,
    el("div", { class: "fg-print-foot" }, [
      text("p", sources.join(" · "), "fg-print-small"),
      text("p", version, "fg-print-small"),
    ]),
  ]);
  const table = app.ui.printTable ? app.ui.printTable() : null;
  return el("section", { class: "fg-print" }, [first, table]);
};

/** Listen for printing; returns {print, stop}. */
export const createPrinting = (app) => {
  let section = null; // in the page
  let made = null; // by the button, its pictures decoded
  const after = () => {
    if (section) section.remove();
    section = null;
    made = null;
    app.root.classList.remove("fg-printing");
    document.documentElement.classList.remove("fg-printing-page");
  };
  const before = () => {
    const next = made || printSection(app);
    after();
    section = next;
    app.root.append(section);
    app.root.classList.add("fg-printing");
    document.documentElement.classList.add("fg-printing-page");
  };
  window.addEventListener("beforeprint", before);
  window.addEventListener("afterprint", after);
  const print = async () => {
    if (app.ui.preparePrint) await app.ui.preparePrint();
    made = printSection(app);
    await Promise.all(Array.from(made.querySelectorAll("img"), (image) => image.decode().catch(() => {})));
    window.print();
  };
  const stop = () => {
    after();
    window.removeEventListener("beforeprint", before);
    window.removeEventListener("afterprint", after);
  };
  return { print, stop };
};

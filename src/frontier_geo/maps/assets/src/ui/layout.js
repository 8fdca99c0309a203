// The regions of the page: header, map, chart, time and panel; the size classes of the root.
import { el } from "./dom.js";

export const NARROW_PX = 760;
export const SNUG_PX = 1040;
export const SHORT_PX = 700;

/** Make the regions in `root`, before any data is read. An existing map element is kept. */
export const createShell = (root) => {
  root.classList.add("fg-root");
  const map = root.querySelector(".folium-map, .fg-map") || el("div");
  map.classList.add("fg-map");
  const skip = el("a", { class: "fg-skip", href: `#${root.id}-tab-incidents` });
  const header = el("header", { class: "fg-header" });
  const chart = el("section", { class: "fg-chart" });
  const time = el("section", { class: "fg-time" });
  const panel = el("section", { class: "fg-panel", id: `${root.id}-panel` });
  root.append(skip, header, map, chart, time, panel);
  const shell = { root, skip, header, map, chart, time, panel, save: el("div", { class: "fg-save" }) };
  watchSize(root);
  return shell;
};

/** Which size classes does a root of this size have? */
export const sizeClasses = (width, height) => ({
  "fg-narrow": width < NARROW_PX,
  "fg-snug": width >= NARROW_PX && width < SNUG_PX,
  "fg-short": height < SHORT_PX,
});

const dress = (root, width, height) => {
  for (const [name, on] of Object.entries(sizeClasses(width, height))) root.classList.toggle(name, on);
};

/** Narrow and short follow the root, not the window: it also lives in frames of notebooks. */
const watchSize = (root) => {
  const measure = () => dress(root, root.clientWidth, Math.min(root.clientHeight, window.innerHeight));
  measure();
  if (typeof ResizeObserver === "function") new ResizeObserver(measure).observe(root);
  window.addEventListener("resize", measure);
};

/** Is this the page of the root alone? Then the document itself carries its language. */
const ownsPage = (root) => !root.querySelector(".folium-map");

/** Give root and regions their language, direction and names; again whenever the language changes. */
export const dressRegions = (app, shell) => {
  const { words, data } = app;
  const update = () => {
    const alone = ownsPage(shell.root);
    const places = alone ? [shell.root, document.documentElement] : [shell.root];
    for (const place of places) {
      place.setAttribute("lang", words.lang);
      place.setAttribute("dir", words.dir);
    }
    if (alone) document.title = words.name(data.title);
    shell.root.dataset.language = words.lang;
    shell.skip.textContent = words.t("header.skip");
    shell.chart.setAttribute("aria-label", words.t("chart.region"));
    shell.time.setAttribute("aria-label", words.t("time.region"));
    shell.panel.setAttribute("aria-label", words.t("panel.region"));
    if (!shell.map.hasAttribute("role")) shell.map.setAttribute("role", "region");
    shell.map.setAttribute("aria-label", words.t("map.region", { title: words.name(data.title) }));
  };
  update();
  app.store.on(["lang"], update);
};

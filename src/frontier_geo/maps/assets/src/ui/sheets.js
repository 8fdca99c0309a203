// What the page says of something that was picked: one element for the popup.
import { el, text } from "./dom.js";
import { stops } from "./modal.js";
import { incidentSheet, incidentsSheet } from "./sheet_incident.js";
import { areaSheet, cellSheet, referentSheet, stretchSheet } from "./sheet_place.js";
import { segmentSheet, yearSheet } from "./sheet_segment.js";

const MAKERS = {
  segment: (app, pick) => segmentSheet(app, pick.id),
  incident: (app, pick) => incidentSheet(app, pick.id),
  incidents: (app, pick) => incidentsSheet(app, pick.ids),
  stretch: (app, pick) => stretchSheet(app, pick.id),
  cell: (app, pick) => cellSheet(app, pick.id),
  referent: (app, pick) => referentSheet(app, pick.id),
  area: (app, pick) => areaSheet(app, pick.id),
  year: (app, pick) => yearSheet(app, pick.id, pick.year),
};

/** These change with the filters and the time range; the others only with the language. */
const FOLLOWS = new Set(["segment", "stretch", "cell", "year"]);
const PAUSE_MS = 150;

const LENGTHS = {
  segment: ({ data }) => data.segments.id.length,
  year: ({ data }) => data.segments.id.length,
  incident: ({ columns }) => columns.n,
  stretch: ({ data }) => data.stretches.length,
  cell: ({ data }) => data.cells.length,
  referent: ({ data }) => data.referents.length,
  area: ({ data }) => (data.areas ? data.areas.items.length : 0),
};

/** Does the pick name something that the page has? Links may come from another page. */
export const isThere = (app, pick) => {
  if (!pick || !MAKERS[pick.kind]) return false;
  const within = (id, kind) => Number.isInteger(id) && id >= 0 && id < LENGTHS[kind](app);
  if (pick.kind !== "incidents") return within(pick.id, pick.kind);
  return Array.isArray(pick.ids) && pick.ids.length > 0 && pick.ids.every((id) => within(id, "incident"));
};

/** Returns sheet(pick): an element that stays true to the state as long as it is on the page. */
export const createSheets = (app) => {
  const { store, words } = app;

  return (pick) => {
    const make = isThere(app, pick) ? MAKERS[pick.kind] : null;
    const box = el("div", { class: "fg-sheets" });
    const draw = () => {
      box.textContent = "";
      box.append(make ? make(app, pick) : text("p", words.t("sheet.nothing")));
    };
    let placed = false;
    let timer = 0;
    const leave = [];
    const again = () => {
      placed = placed || box.isConnected;
      if (placed && !box.isConnected) {
        leave.forEach((stop) => stop());
        return;
      }
      const open = [...box.querySelectorAll("details")].map((fold) => fold.open);
      const focused = stops(box).indexOf(document.activeElement);
      draw();
      box.querySelectorAll("details").forEach((fold, k) => {
        if (open[k]) fold.open = true;
      });
      const left = stops(box);
      if (focused >= 0 && left.length)
        left[Math.min(focused, left.length - 1)].focus({ preventScroll: true });
    };
    draw();
    leave.push(store.on(["lang"], again));
    if (make && FOLLOWS.has(pick.kind)) {
      leave.push(
        store.on(["result"], () => {
          window.clearTimeout(timer);
          timer = window.setTimeout(again, PAUSE_MS);
        }),
      );
    }
    return box;
  };
};

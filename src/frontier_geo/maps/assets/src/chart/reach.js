/** Pointer and keyboard on the diagram: what they are at becomes the hover, what is opened the pick. */
import { moved } from "./keys.js";
import { segmentNear } from "./scale.js";

const MARK_REACH = 7; // px around a mark that count as on it
const NAME_REACH = 30; // and around the place of its name
const EDGE = 4; // px beside the plot that count as its ends

const same = (a, b) => a === b || Boolean(a && b && a.kind === b.kind && a.id === b.id && a.year === b.year);

/** Segment and year of a hover or pick; segment -1 where it is something else. */
export const placeOf = (pick) => ({
  segment: pick && pick.id >= 0 && (pick.kind === "segment" || pick.kind === "year") ? pick.id : -1,
  row: pick && pick.kind === "year" ? pick.year : 0,
});

/** The mark at a point below the plot, or null. `named` are the marks whose names are shown. */
export const markAt = (x, y, { frame, scale }, marks, named) => {
  if (y < frame.plot.bottom || y > frame.names.top + frame.names.height) return null;
  const onNames = y >= frame.names.top;
  let best = null;
  let least = onNames ? NAME_REACH : MARK_REACH;
  for (const mark of onNames ? named : marks) {
    const off = Math.abs(scale.x(mark.km) - x);
    if (off <= least) [best, least] = [mark, off];
  }
  return best;
};

/** What lies at a point of the sheet. `rowOf(y)` is the year there, or -1. */
export const thingAt = (x, y, laid, scene, { named, rowOf }) => {
  const mark = markAt(x, y, laid, scene.marks, named);
  if (mark) return { kind: "referent", id: mark.id };
  const { plot } = laid.frame;
  if (y < plot.top - 2 * EDGE || x < plot.left - EDGE || x > plot.right + EDGE) return null;
  const segment = segmentNear(scene.from, scene.to, laid.scale.km(x));
  if (segment < 0) return null;
  const row = rowOf(y);
  return row >= 0 ? { kind: "year", id: segment, year: row } : { kind: "segment", id: segment };
};

/**
 * Listen on `element`. `how`: at(x, y) → hover; scene(); rows() = number of years, 0 in the profile.
 */
export const createReach = ({ store, map }, element, { at, scene, rows }) => {
  const pickAt = ({ segment, row }) =>
    rows()
      ? { kind: "year", id: segment, year: Math.min(row, rows() - 1) }
      : { kind: "segment", id: segment };
  let last = { segment: 0, row: 0 }; // where the reader was before the focus went elsewhere
  const hoverTo = (hover) => {
    if (placeOf(hover).segment >= 0) last = placeOf(hover);
    if (!same(hover, store.get().hover)) store.set({ hover });
  };
  const open = (pick) => {
    if (!pick) return;
    if (placeOf(pick).segment >= 0) last = placeOf(pick);
    store.set({ pick });
    map.zoomTo(pick);
  };
  const under = (event) => {
    const box = element.getBoundingClientRect();
    return at(event.clientX - box.left, event.clientY - box.top);
  };
  const count = () => scene().from.length;
  const inHand = () => {
    const { hover, pick } = store.get();
    const place = [placeOf(hover), placeOf(pick)].find(({ segment }) => segment >= 0) || last;
    return { segment: Math.min(Math.max(0, place.segment), count() - 1), row: place.row };
  };

  element.addEventListener("pointermove", (event) => hoverTo(under(event)));
  element.addEventListener("pointerleave", () => hoverTo(null));
  element.addEventListener("click", (event) => open(under(event)));
  element.addEventListener("blur", () => hoverTo(null));
  element.addEventListener("focus", () => {
    if (element.matches(":focus-visible") && count()) hoverTo(pickAt(inHand()));
  });
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !count()) return;
    if (event.key === "Enter" || event.key === " ") open(pickAt(inHand()));
    else if (event.key === "Escape") store.set({ hover: null, pick: null });
    else {
      const to = moved(event.key, inHand(), { segments: count(), rows: rows(), flip: scene().flip });
      if (!to) return;
      hoverTo(pickAt(to));
    }
    event.preventDefault();
  });
};

/** What the store's hover and pick are on the diagrams. */
import { segmentAt } from "./scale.js";

const none = (value) => value === null || value === undefined;

/** Kilometres of an incident's nearest point of the border, or null. */
const kmOf = (columns, id) => {
  const metres = columns && columns.chainage ? columns.chainage[id] : -1;
  return metres >= 0 ? metres / 1000 : null;
};

/** The stretch that is all that is known of where an incident was, or null. */
const stretchOf = ({ data, columns }, id) =>
  (columns && columns.stretch && (data.stretches || [])[columns.stretch[id] - 1]) || null;

/** {hover, pick: segments or -1; row: year or -1; mark: index among the scene's marks; stretch; km}. */
export const heldOf = (app, scene) => {
  const { store, data, columns } = app;
  const { hover, pick } = store.get();
  const held = { hover: -1, pick: -1, row: -1, mark: -1, stretch: null, km: null };
  if (pick && pick.kind === "segment") held.pick = pick.id;
  for (const at of [pick, hover]) {
    if (none(at)) continue;
    if (at.kind === "referent") held.mark = scene.marks.findIndex((mark) => mark.id === at.id);
    if (at.kind === "stretch") held.stretch = (data.stretches || [])[at.id] || null;
    if (at.kind === "cell") held.stretch = (data.cells || [])[at.id] || null;
    const incident = at.kind === "incident" ? at.id : at.kind === "incidents" && at.ids && at.ids[0];
    if (Number.isInteger(incident)) {
      held.km = kmOf(columns, incident);
      held.stretch = held.km === null ? stretchOf(app, incident) : null;
    }
  }
  if (hover && (hover.kind === "segment" || hover.kind === "year")) held.hover = hover.id;
  if (hover && hover.kind === "year") held.row = hover.year;
  if (held.km !== null && held.hover < 0 && segmentAt(scene.from, scene.to, held.km) < 0) held.km = null;
  return held;
};

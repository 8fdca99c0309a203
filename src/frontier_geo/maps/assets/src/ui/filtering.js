// What the filters are set to, as plain values: no elements here.

/** The filter groups that are sets of values switched off, in the order of the panel. */
export const GROUPS = ["types", "sides", "precisions", "confidences", "scopes"];

const withSet = (off, group, set) => ({ ...off, [group]: set });

/** Switch one value of a group off, or on again. */
export const toggled = (off, group, value) => {
  const set = new Set(off[group]);
  if (!set.delete(value)) set.add(value);
  return withSet(off, group, set);
};

/** Show every value of a group. */
export const allOn = (off, group) => withSet(off, group, new Set());

/** Show none of the values. */
export const allOff = (off, group, values) => withSet(off, group, new Set(values));

/** Show one value of a group and hide the others. */
export const onlyOne = (off, group, value, values) =>
  withSet(off, group, new Set(values.filter((other) => other !== value)));

/** Is this the only value of its group that is on? */
export const isOnly = (off, group, value, values) =>
  values.length > 1 &&
  !off[group].has(value) &&
  values.every((other) => other === value || off[group].has(other));

/** No value switched off in any group. */
export const nothingOff = () => Object.fromEntries(GROUPS.map((group) => [group, new Set()]));

/** Which filters are on, time included? */
export const activeFilters = (state) => {
  const active = GROUPS.filter((group) => state.off[group].size > 0);
  if (state.query) active.push("query");
  if (state.range) active.push("range");
  return active;
};

/** What a group still shows: its values, and whether naming the hidden ones is shorter. */
export const shownOf = (off, group, values) => {
  const shown = values.filter((value) => !off[group].has(value));
  const hidden = values.filter((value) => off[group].has(value));
  return { shown, hidden, byHidden: hidden.length > 0 && hidden.length < shown.length };
};

/** The patch of the state that shows everything again. */
export const everythingShown = () => ({
  off: nothingOff(),
  query: "",
  found: null,
  range: null,
  playing: false,
});

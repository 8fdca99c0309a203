// The state that a page begins with.

export const LAYERS = {
  basemap: true,
  relief: true,
  areas: true,
  ribbon: true,
  stretches: true,
  incidents: true,
  landmarks: true,
  tiles: false,
};
export const FILTER_NAMES = ["types", "sides", "precisions", "confidences", "scopes"];

export const nothingOff = () => Object.fromEntries(FILTER_NAMES.map((name) => [name, new Set()]));

/** The first state, from the options of the page's head. */
export const initialState = (options = {}) => ({
  lang: "en",
  range: null,
  playing: false,
  off: nothingOff(),
  query: "",
  found: null,
  searching: false,
  pick: null,
  hover: null,
  chart: "profile",
  style: options.style === "bars" ? "bars" : "ribbon",
  layers: { ...LAYERS, ...options.layers },
  view: null,
  drawer: false,
  help: false,
  result: null,
});

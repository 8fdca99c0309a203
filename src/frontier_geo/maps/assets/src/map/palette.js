/** The colours of the map's canvases. Pairs of text and ground stand in one line. */
export const PALETTE = {
  ground: "#e9eaec", // beyond the countries
  land: { left: "#f8f2e4", right: "#eaf1f1", other: "#e6e7e9" },
  water: "#7fa5cc",
  lake: "#c3d8ec",
  lakeEdge: "#8fb1d4",
  stateBorder: "#7a7f88",
  province: "#9a9fa8",
  area: "#5b5f86",
  ink: "#1d2127", // town names, on land and on the halo
  country: "#525863", // names of countries, on land and on the halo
  areaName: "#4a4e78", // names of areas, on land and on the halo
  waterName: "#2f5f93", // names of rivers and lakes, on land and on the halo
  district: "#5a4a2a", // names of districts beside the border, on land and on the halo
  landmark: "#8a2f17", // names of crossings and landmarks, on land and on the halo
  landmarkWater: "#2d5a8c", // names of river mouths and lakes on the border, as above
  halo: "#ffffff", // around names; the ground of hollow symbols, signs and numbers
  haloSoft: "#ffffffd9", // under the ribbon, bars and symbols
  casing: "#2b2f36",
  casingZero: "#6d747e", // of segments without incidents
  baseline: "#14171b", // the border itself beside the bars
  band: "#44337a", // stretches, and their numbers on the halo
  several: "#4b5563",
  outline: "#1d2127",
  mark: "#0b57d0", // hover and pick
};

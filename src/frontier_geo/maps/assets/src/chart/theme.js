/**
 * Colours and letters of the diagrams, for the screen, the saved picture and print alike.
 * Text colours reach 4.5 : 1 and graphics 3 : 1 on `paper` and on what the comments name.
 */
export const THEME = Object.freeze({
  paper: "#ffffff",
  ink: "#1d2127", // text
  soft: "#414852", // smaller text; also on `strip` and `stripOther`
  rule: "#d7dbe1", // lines of the grid, no information of their own
  axis: "#5b626d", // axis, ticks
  band: "#dbdfe5", // the interval behind the bars
  bandEdge: "#767d88", // its edges
  barEdge: "rgba(29, 33, 39, 0.55)",
  line: "#0a4492", // the smoothed density
  crossing: "#8e2f1f", // marks and names of crossings
  landmark: "#0a4492", // marks and names of other referents
  strip: "#e6eaf0", // districts, one and the next
  stripOther: "#d3dae4",
  hover: "#0b57d0", // frame around what the pointer or the keyboard is at
  chosen: "#1d2127", // frame around what was picked
  bar: "#0a4492", // histogram of time
  barOutside: "#8b929d", // its bins outside the range
  selection: "rgba(11, 87, 208, 0.10)",
  pale: "rgba(255, 255, 255, 0.72)", // over the years outside the range
  missing: "#7d8590",
});

const FAMILY = "system-ui, 'Segoe UI', 'Noto Sans', 'Noto Sans Arabic', 'DejaVu Sans', sans-serif";

/** A font of the page for `ctx.font`. */
export const font = (size, weight = 400) => `${weight} ${size}px ${FAMILY}`;

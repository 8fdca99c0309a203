// The lengths of the edges of the boundary line, from its vertices.

const A = 6378137; // WGS84
const E2 = 0.00669437999014;
const UNIT = Math.PI / 180 / 1e5; // a whole number of the line, in radians

/**
 * Whole metres from each vertex to the one before it. The head has only what is lacking to the
 * lengths worked out here from the radii of the ellipsoid in the middle of each edge.
 */
export const edgeMetres = ({ line, residual_m: residual }) => {
  let y = 0;
  return residual.map((lacking, v) => {
    const dy = line[2 * v + 1];
    const middle = (y + dy / 2) * UNIT;
    y += dy;
    if (v === 0) return lacking;
    const flat = 1 - E2 * Math.sin(middle) ** 2;
    const north = (dy * UNIT * A * (1 - E2)) / flat ** 1.5;
    const east = ((line[2 * v] * UNIT * A) / Math.sqrt(flat)) * Math.cos(middle);
    return Math.floor(Math.hypot(east, north) + 0.5) + lacking;
  });
};

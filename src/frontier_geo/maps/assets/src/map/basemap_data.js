import { fromBase64 } from "../data/unpack.js";
import { decodeLine, decodeParts, joinPolygons, toPiece, worldX, worldY } from "./geometry.js";

const point = (item) => ({ ...item, x: worldX(item.lon), y: worldY(item.lat) });

/** Read the basemap block: every line in world coordinates. Without a block, nothing to draw. */
export const readBasemap = (block, border) => {
  const given = block || {};
  const arcs = (given.arcs || []).map((parts) => decodeParts(parts, border));
  return {
    countries: (given.countries || []).map((country) => ({
      ...country,
      polygons: joinPolygons(country.polygons, arcs),
      x: country.label && worldX(country.label[0]),
      y: country.label && worldY(country.label[1]),
    })),
    borders: (given.borders || []).map((number) => arcs[number]),
    disputed: (given.disputed || []).map((number) => arcs[number]),
    provinces: (given.provinces || []).map((item) => decodeLine(item.line)),
    lesser: [], // lines between provinces that no area's outline follows
    rivers: (given.rivers || []).map((item) => ({ ...item, line: decodeLine(item.line) })),
    lakes: (given.lakes || []).map((item) => ({
      ...item,
      rings: item.rings.map((ring) => decodeLine(ring)),
    })),
    provinceNames: (given.province_names || []).map(point),
    towns: (given.towns || []).map(point),
    crossings: (given.crossings || []).map(point),
    peaks: (given.peaks || []).map(point),
    relief: given.relief || null,
    image: null,
  };
};

/** The picture of the relief: a bitmap that needs no address of its own. */
export const readRelief = async (relief) => {
  if (!relief || !window.createImageBitmap) return null;
  const [head, text] = relief.image.split(",");
  const type = /^data:([^;,]+)/.exec(head)[1];
  const bitmap = window.createImageBitmap(new Blob([fromBase64(text)], { type }));
  return bitmap.catch(() => null); // a browser without WebP shows the map without relief
};

const alongBorder = (parts) => parts.every((part) => part[0] === 0);

/**
 * Read head.areas: `items` are polygons with their name, kind, country and the place of their
 * label; `outlines` the lines around provinces, each once, without those along the border.
 */
export const readAreas = (areas, border) => {
  if (!areas) return { items: [], outlines: [] };
  const arcs = areas.arcs.map((parts) => decodeParts(parts, border));
  const used = new Set(
    areas.items
      .filter((item) => item.kind !== "country")
      .flatMap((item) => item.rings.flat(2).map((number) => (number < 0 ? ~number : number))),
  );
  return {
    outlines: [...used].filter((number) => !alongBorder(areas.arcs[number])).map((number) => arcs[number]),
    items: areas.items.map((item) => ({
      ...item,
      polygons: joinPolygons(item.rings, arcs),
      x: item.label && worldX(item.label[0]),
      y: item.label && worldY(item.label[1]),
    })),
  };
};

const SAME_LINE = 0.03; // world units: some 4 km

/** The lines that none of the others follows: to draw what two sources share only once. */
export const withoutTwins = (lines, others) => {
  const near = (x, y) =>
    others.some((other) => {
      if (x < other.west - SAME_LINE || x > other.east + SAME_LINE) return false;
      if (y < other.north - SAME_LINE || y > other.south + SAME_LINE) return false;
      for (let i = 1; i < other.length; i += 1) {
        if (toPiece(x, y, other.x[i - 1], other.y[i - 1], other.x[i], other.y[i])[0] < SAME_LINE ** 2)
          return true;
      }
      return false;
    });
  const followed = (line) =>
    [0.1, 0.3, 0.5, 0.7, 0.9]
      .map((share) => Math.round(share * (line.length - 1)))
      .every((i) => near(line.x[i], line.y[i]));
  return lines.filter((line) => !followed(line));
};

import { placesInside } from "./inside.js";
import { PALETTE } from "./palette.js";
import { boxOn, LEAST_OF_MORE, LIKING, SIDES } from "./labels.js";
import { landmarkSign } from "./symbols.js";
import { isRtl, sizeOf, wrapText } from "./text.js";

const TOWN_ZOOM = [0, 5, 6, 7, 8, 9, 10]; // by rank
const DISTRICT_ZOOM = 8.8;
const WATER_ZOOM = 7.8;
const LANDMARK_ZOOM = { bridge: 7.4, ferry: 8.2, tripoint: 7.4, water: 8.4 };

const STYLES = {
  country: { size: 13, spacing: 0.3, colour: PALETTE.country, weight: 400 },
  area: { size: 13.5, spacing: 0.14, colour: PALETTE.areaName, weight: 600 },
  province: { size: 11.5, spacing: 0.1, colour: PALETTE.country, weight: 400 },
  capital: { size: 13, colour: PALETTE.ink, weight: 600 },
  town: { size: 12, colour: PALETTE.ink, weight: 400 },
  landmark: { size: 11.5, colour: PALETTE.landmark, weight: 600 },
  water: { size: 11, colour: PALETTE.waterName, weight: 400, italic: true },
  landmarkWater: { size: 11.5, colour: PALETTE.landmarkWater, weight: 600 },
  district: { size: 11.5, colour: PALETTE.district, weight: 600, italic: true },
};

const WIDEST = 118; // pixels: longer names take two lines

const layText = (ctx, text, style, widest = WIDEST) => {
  const lines = wrapText(ctx, text, style, widest);
  return { text, lines, style, ...sizeOf(ctx, lines, style) };
};

const LEFT_FIRST = SIDES.map((side) =>
  side.replace(/right|left/, (word) => (word === "left" ? "right" : "left")),
);

/** Where a text stands best: after its point in the direction of reading. */
const sidesOf = (text) => (isRtl(text) ? LEFT_FIRST : SIDES);

/** A label whose text stands around a point. */
const around = (ctx, text, style, x, y, { gap = 8, sides = sidesOf(text), most, radius = 0 }) => {
  const laid = layText(ctx, text, style);
  const { w, h } = laid;
  const boxes = (distance, penalty) => sides.map((side) => [...boxOn(side, x, y, w, h, distance), penalty]);
  return {
    ...laid,
    most,
    point: radius ? [x - radius, y - radius, x + radius, y + radius] : null,
    options: [...boxes(gap, 0), ...boxes(gap + 9, 2)],
  };
};

/**
 * Places for the name of an area: its own point first, then (`more`, looked for only where that is
 * taken) a grid over what is seen of it.
 */
const within = (ctx, text, style, item, view, most) => {
  const laid = layText(ctx, text, style, Infinity);
  const { w, h } = laid;
  const own = item.x === null || item.x === undefined ? null : [view.x(item.x), view.y(item.y)];
  const options = own ? [[...boxOn("middle", own[0], own[1], w, h, 0), 0]] : [];
  const more = () =>
    placesInside(item.polygons, view, w, own).map(([x, y, far], i) => {
      const liking = LIKING * (options.length + i); // these are liked by their distance alone
      return [...boxOn("middle", x, y, w, h, 0), LEAST_OF_MORE + 8 * far - liking];
    });
  return { ...laid, most, options, more };
};

/** Places for a name along a line: straight pieces in the window, with their angle. */
const along = (ctx, text, style, line, view) => {
  const laid = layText(ctx, text, style, Infinity);
  const { w, h } = laid;
  const options = [];
  const flat = [];
  for (let i = 0; i < line.length; i += 1) {
    const [x, y] = [view.x(line.x[i]), view.y(line.y[i])];
    if (view.holds(x, y, 80)) flat.push([x, y]);
    else if (flat.length && flat[flat.length - 1]) flat.push(null);
  }
  for (let i = 0; i < flat.length && options.length < 24; i += 1) {
    let size = 0;
    let j = i;
    while (flat[i] && j + 1 < flat.length && flat[j + 1] && size < w * 1.15) {
      size += Math.hypot(flat[j + 1][0] - flat[j][0], flat[j + 1][1] - flat[j][1]);
      j += 1;
    }
    if (size < w * 1.1) continue;
    const [[ax, ay], [bx, by]] = [flat[i], flat[j]];
    const chord = Math.hypot(bx - ax, by - ay);
    if (chord < 0.93 * size) continue;
    let angle = Math.atan2(by - ay, bx - ax);
    if (Math.abs(angle) > Math.PI / 2) angle -= Math.sign(angle) * Math.PI;
    const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))];
    const [halfX, halfY] = [(w * cos + h * sin) / 2, (w * sin + h * cos) / 2];
    const shift = h * 0.75; // the name stands above the line
    const x = (ax + bx) / 2 + shift * Math.sin(angle);
    const y = (ay + by) / 2 - shift * Math.cos(angle);
    const box = [x - halfX, y - halfY, x + halfX, y + halfY, sin * 2 - 0.35 * options.length, angle];
    options.push(box);
    i = j - 1;
  }
  return { ...laid, most: 0.04, options };
};

/** The part of a stretch of the border that is in the window, as [from, to] in km, or null. */
const seenPart = (border, from, to, view) => {
  let [first, last] = [null, null];
  for (let i = border.before(from); i < border.length && border.km[i] <= to; i += 1) {
    if (!view.holds(view.x(border.x[i]), view.y(border.y[i]), -20)) continue;
    if (first === null) first = border.km[i];
    last = border.km[i];
  }
  return first === null ? null : [Math.max(from, first), Math.min(to, last)];
};

const districtLabels = (ctx, view, { head, border, smoothed, words, reach }) =>
  (head.frontages || []).flatMap((district) => {
    const seen = seenPart(border, district.from, district.to, view);
    if (!seen) return [];
    const laid = layText(ctx, words.name(district.name), STYLES.district);
    const { w, h } = laid;
    const options = [0.5, 0.35, 0.65, 0.2, 0.8].flatMap((share) => {
      const place = smoothed.place(seen[0] + share * (seen[1] - seen[0]));
      return [0, 16].map((more) => {
        const off = district.side * (reach + more);
        const x = view.x(place.x) + place.nx * (off + ((district.side * w) / 2) * Math.abs(place.nx));
        const y = view.y(place.y) + place.ny * (off + ((district.side * h) / 2) * Math.abs(place.ny));
        return [...boxOn("middle", x, y, w, h, 0), more / 10];
      });
    });
    return [{ ...laid, most: 0.03, options }];
  });

const awayFrom = (box, x, y) =>
  Math.hypot(Math.max(box[0] - x, 0, x - box[2]), Math.max(box[1] - y, 0, y - box[3]));

/** Leave out places from which a name would seem to belong to another sign. */
const nearestToOwn = (label, own, others) => ({
  ...label,
  options: label.options.filter((box) => {
    const far = awayFrom(box, ...own);
    return others.every(([x, y]) => awayFrom(box, x, y) > far + 2);
  }),
});

const landmarkLabels = (ctx, view, landmarks, signs, words) =>
  landmarks.flatMap((item) => {
    const sign = landmarkSign(item.kind);
    const [x, y] = [view.x(item.x), view.y(item.y)];
    if (view.zoom < LANDMARK_ZOOM[sign] || !item.name || !view.holds(x, y)) return [];
    const style = sign === "water" ? STYLES.landmarkWater : STYLES.landmark;
    const label = around(ctx, words.name(item.name), style, x, y, { gap: 11, most: 0.12 });
    const others = signs.filter((other) => other !== item).map((other) => [view.x(other.x), view.y(other.y)]);
    return [{ ...nearestToOwn(label, [x, y], others), sign }];
  });

const townLabels = (ctx, view, towns, words) =>
  towns.flatMap((town) => {
    const [x, y] = [view.x(town.x), view.y(town.y)];
    if (view.zoom < TOWN_ZOOM[town.rank] || !view.holds(x, y, -6)) return [];
    const style = town.capital === 1 ? STYLES.capital : STYLES.town;
    const label = around(ctx, words.name(town.name), style, x, y, { gap: 7, most: 0.12, radius: 4 });
    return [{ ...label, town, x, y }];
  });

/** The radius of the signs of landmarks at a zoom. */
export const landmarkRadius = (zoom) => (zoom < 7 ? 4.2 : zoom < 8.5 ? 5.6 : 7.4);

/**
 * Everything that may get a name in a view, most important first. `scene` holds base, areas,
 * landmarks, head, border, smoothed, words, layers and `reach`, how far bands lie from the border.
 */
export const namesOf = (ctx, view, scene) => {
  const { base, areas, landmarks, words, layers, head } = scene;
  const upper = (name) => words.name(name).toLocaleUpperCase(words.lang);
  const countries = base.countries.length ? base.countries : areas.filter((area) => area.kind === "country");
  const sides = [head.boundary.left, head.boundary.right];
  const ours = countries.filter((item) => sides.includes(item.code || item.country));
  const others = countries.filter((item) => !ours.includes(item));
  const country = (item) => within(ctx, upper(item.name), STYLES.country, item, view, 0.05);
  const named = new Set(areas.map((area) => area.name));
  const labels = [];
  if (layers.landmarks) {
    const marks = landmarkLabels(ctx, view, landmarks, scene.signs(view), words);
    labels.push(...marks.filter((label) => label.sign !== "water"));
    labels.push(...marks.filter((label) => label.sign === "water"));
  }
  const towns = layers.basemap ? townLabels(ctx, view, base.towns, words) : [];
  labels.unshift(...towns.filter((label) => label.town.capital === 1));
  if (layers.basemap) labels.push(...ours.map(country));
  if (layers.areas && view.zoom >= 5.8) {
    const shown = areas.filter((area) => area.kind !== "country" && area.name);
    labels.push(...shown.map((area) => within(ctx, words.name(area.name), STYLES.area, area, view, 0.06)));
  }
  labels.push(...towns.filter((label) => label.town.capital !== 1));
  if (layers.areas && view.zoom >= DISTRICT_ZOOM) labels.push(...districtLabels(ctx, view, scene));
  if (!layers.basemap) return labels;
  labels.push(...others.map(country));
  for (const item of base.provinceNames) {
    if (named.has(item.name) || view.zoom < 5 + item.rank) continue;
    const [x, y] = [view.x(item.x), view.y(item.y)];
    if (!view.holds(x, y)) continue;
    labels.push(
      around(ctx, words.name(item.name), STYLES.province, x, y, { gap: 0, sides: ["middle"], most: 0.06 }),
    );
  }
  if (view.zoom >= WATER_ZOOM) {
    for (const river of base.rivers) {
      if (!river.name || !view.sees(river.line)) continue;
      if (river.rank <= view.zoom - 6.8)
        labels.push(along(ctx, words.name(river.name), STYLES.water, river.line, view));
    }
  }
  for (const lake of base.lakes) {
    const ring = lake.rings[0];
    if (!lake.name || !view.sees(ring) || view.zoom < 6.5 + 0.7 * lake.rank) continue;
    const [x, y] = [view.x((ring.west + ring.east) / 2), view.y((ring.north + ring.south) / 2)];
    labels.push(
      around(ctx, words.name(lake.name), STYLES.water, x, y, {
        gap: 2,
        sides: ["middle", "right", "above", "below", "left"],
        most: 0.1,
      }),
    );
  }
  return labels;
};

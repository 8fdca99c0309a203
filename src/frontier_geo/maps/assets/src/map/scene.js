import { baselineAt, barHeights, barShapes, drawBars, isCut } from "./bars.js";
import { bandLine, bandsOf, countedBands, drawBands } from "./bands.js";
import { drawBasemap } from "./basemap.js";
import { readAreas, readBasemap, withoutTwins } from "./basemap_data.js";
import { readBorder, worldX, worldY } from "./geometry.js";
import { buildGrid } from "./grid.js";
import { drawMark } from "./marks.js";
import { createNames } from "./naming.js";
import { inCorners } from "./picking.js";
import { createPixelPath } from "./pixels.js";
import { countInView, createSprites, drawSymbols, isFaint, readPlaces } from "./points.js";
import { drawBaseline, drawRibbon, segmentLines } from "./ribbon.js";
import { landmarkSign } from "./symbols.js";
import { NEAR_ZOOM, lastOf } from "./view.js";

const MANY = 3000; // more incidents in the window than this are drawn by their pixels
const SIGN_ZOOM = { bridge: 6.4, tripoint: 6.4, ferry: 7.4, water: 7.6 };

/** The landmarks given; without any, the crossings of the basemap, which cannot be picked. */
const readLandmarks = (head, base) => {
  const given = head.referents || [];
  const place = (item, id) => ({ ...item, id, x: worldX(item.lon), y: worldY(item.lat) });
  return given.length ? given.map(place) : base.crossings.map((item) => place(item, null));
};

/** The highest finite number, 0 where there is none. */
const highestOf = (values) =>
  values.reduce((most, value) => (Number.isFinite(value) && value > most ? value : most), 0);

/** Whether the middle of a band lies under a bar. */
const hiddenBy = (shapes) => {
  const seen = shapes.filter(Boolean);
  return (x, y) => seen.some((corners) => inCorners(corners, x, y));
};

/** What the map draws, and the functions that draw it; each takes (ctx, view). */
export const createScene = (app) => {
  const { data: head, store, words } = app;
  const border = readBorder(head.boundary);
  const areas = readAreas(head.areas, border);
  const lines = segmentLines(border, head.segments);
  const scene = {
    head,
    border,
    lines,
    words,
    segments: head.segments,
    rates: head.rates,
    base: readBasemap(null, border),
    areas: areas.items,
    outlines: areas.outlines,
    landmarks: [],
    places: null,
    columns: null,
    visible: null,
    classOf: null,
    highest: highestOf(head.segments.value || []),
    tiles: { shown: false },
    stretchTotals: new Uint32Array(head.stretches.length),
  };
  scene.landmarks = readLandmarks(head, scene.base);
  Object.defineProperty(scene, "layers", { get: () => store.get().layers || {} });
  Object.defineProperty(scene, "style", { get: () => store.get().style });

  const baseline = lastOf((zoom) => baselineAt(border, zoom));
  const besides = lastOf((zoom) => bandLine(border, zoom));
  const bars = lastOf((view, rate, highest) =>
    barShapes(baseline(view.zoom), head.segments, barHeights(rate, highest, view.zoom), view),
  );
  const noRates = new Float64Array(lines.length).fill(NaN);
  const lanes = lastOf((view) => bandsOf(besides(view.zoom), head, view));
  const bands = lastOf((view, counts) => countedBands(lanes(view), counts, scene.stretchTotals));
  const noCounts = new Uint32Array(head.stretches.length);
  const result = () => store.get().result;
  scene.bars = (view) => bars(view, result()?.rate || noRates, scene.highest);
  scene.bands = (view) => bands(view, result()?.stretchCounts || noCounts);
  scene.signs = (view) => scene.landmarks.filter((item) => view.zoom >= SIGN_ZOOM[landmarkSign(item.kind)]);
  scene.grid = lastOf(() => buildGrid(scene.places)).bind(null, 0);
  const sprites = createSprites(head.types || []);
  const byPixels = createPixelPath(sprites);

  const drawBase = (ctx, view) =>
    drawBasemap(ctx, view, {
      ...scene,
      boundary: head.boundary,
      layers: scene.layers,
      onTiles: scene.tiles.shown && !view.picture,
    });

  const drawLine = (ctx, view) => {
    const { layers, rates } = scene;
    const missing = rates.colours.length - 1;
    const classOf = scene.classOf || new Uint8Array(lines.length).fill(missing);
    const asBars = layers.ribbon && scene.style === "bars";
    const bandsNow = layers.stretches ? scene.bands(view) : [];
    if (asBars) drawBands(ctx, view, bandsNow, { words, hidden: hiddenBy(scene.bars(view)) });
    if (asBars) {
      drawBaseline(ctx, view, lines);
      const cut = Array.from(result()?.rate || [], (value) => isCut(value, scene.highest));
      drawBars(ctx, view, { shapes: scene.bars(view), classOf, rates, cut });
    } else if (layers.ribbon) {
      drawRibbon(ctx, view, { lines, classOf, rates });
    } else {
      drawBaseline(ctx, view, lines);
    }
    if (!asBars) drawBands(ctx, view, bandsNow, { words });
  };

  const drawPoints = (ctx, view) => {
    if (!scene.places || !scene.visible || !scene.layers.incidents) return;
    const { places, columns, visible } = scene;
    if (countInView(places, visible, view, MANY + 1) > MANY)
      byPixels(ctx, view, { places, columns, visible });
    else drawSymbols(ctx, view, { places, columns, visible, sprites, words });
  };

  const drawNames = createNames(scene, { lanes, baseline });

  const drawMarks = (ctx, view) => {
    const { hover, pick } = store.get();
    drawMark(ctx, view, scene, hover, false);
    drawMark(ctx, view, scene, pick, true);
  };

  /** The layers from below; `own` ones must be drawn on a canvas of their own. */
  scene.parts = [
    { name: "base", z: 210, draw: drawBase },
    { name: "line", z: 450, draw: drawLine },
    {
      name: "points",
      z: 452,
      draw: drawPoints,
      alpha: (view) => (isFaint(scene.places, view.zoom) ? 0.6 : 1),
      own: true,
      order: (view) => (view.zoom < NEAR_ZOOM ? 449 : 452),
    },
    {
      name: "marks",
      z: 460,
      draw: drawMarks,
      own: true,
      empty: () => !store.get().hover && !store.get().pick,
    },
    { name: "names", z: 470, draw: drawNames },
  ];

  /** Take in the arrays, once they are there. */
  scene.fill = (columns) => {
    scene.columns = columns;
    scene.places = readPlaces(columns, head.precisions);
    scene.stretchTotals = new Uint32Array(head.stretches.length);
    const { stretch } = columns;
    for (let e = 0; e < stretch.length; e += 1) if (stretch[e]) scene.stretchTotals[stretch[e] - 1] += 1;
  };

  /** Take in the result of the filters. */
  scene.take = ({ visible, classOf }) => {
    scene.visible = visible;
    scene.classOf = classOf;
    scene.highest = scene.highest || highestOf(result().rate);
  };

  scene.furnish = (block) => {
    scene.base = readBasemap(block, border);
    scene.base.lesser = withoutTwins(scene.base.provinces, areas.outlines);
    scene.landmarks = readLandmarks(head, scene.base);
  };
  return scene;
};

import { worldX, worldY } from "./geometry.js";
import { PALETTE } from "./palette.js";
import { traceLine, traceRing } from "./view.js";

const RIVER_ZOOM = [0, 0, 7, 8]; // by rank: from this zoom on

/** How strong the relief is: the ribbon has to stand out, and when near it is only a blur. */
const reliefStrength = (zoom) => Math.max(0.2, Math.min(0.5, 0.5 - (zoom - 8.5) * 0.12));

const RIVER_WIDTH = [0, 1.5, 1.1, 0.8];

const tint = (code, boundary) => {
  if (code && code === boundary.left) return PALETTE.land.left;
  return code && code === boundary.right ? PALETTE.land.right : PALETTE.land.other;
};

const fillPolygons = (ctx, polygons, view, colour) => {
  ctx.beginPath();
  for (const rings of polygons) for (const ring of rings) traceRing(ctx, ring, view);
  ctx.fillStyle = colour;
  ctx.fill("evenodd");
};

const strokeLines = (ctx, lines, view, { colour, width, dash = [], step }) => {
  ctx.beginPath();
  for (const line of lines) traceLine(ctx, line, view, { step });
  ctx.setLineDash(dash);
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke();
  ctx.setLineDash([]);
};

const drawRelief = (ctx, base, view) => {
  const [south, west, north, east] = base.relief.bounds;
  const left = view.x(worldX(west));
  const top = view.y(worldY(north));
  ctx.imageSmoothingEnabled = true;
  ctx.imageSmoothingQuality = "high";
  ctx.globalCompositeOperation = "multiply"; // the picture is grey on near white
  ctx.globalAlpha = reliefStrength(view.zoom);
  ctx.drawImage(base.image, left, top, view.x(worldX(east)) - left, view.y(worldY(south)) - top);
  ctx.globalCompositeOperation = "source-over";
  ctx.globalAlpha = 1;
};

const drawWater = (ctx, base, view) => {
  const lakes = base.lakes.filter((lake) => view.zoom >= RIVER_ZOOM[lake.rank]);
  if (lakes.length) {
    fillPolygons(
      ctx,
      lakes.map((lake) => lake.rings),
      view,
      PALETTE.lake,
    );
    strokeLines(
      ctx,
      lakes.flatMap((lake) => lake.rings),
      view,
      { colour: PALETTE.lakeEdge, width: 0.8 },
    );
  }
  for (const rank of [3, 2, 1]) {
    if (view.zoom < RIVER_ZOOM[rank]) continue;
    const lines = base.rivers.filter((river) => river.rank === rank).map((river) => river.line);
    const width = RIVER_WIDTH[rank] * Math.min(1.8, Math.max(0.8, 1 + (view.zoom - 8) * 0.2));
    strokeLines(ctx, lines, view, { colour: PALETTE.water, width });
  }
};

const countryOutlines = (areas) =>
  areas.filter((area) => area.kind === "country").flatMap((area) => area.polygons.flat());

/**
 * Draw countries, relief, water, provinces and areas. On online tiles only lines are drawn, no
 * fills.
 */
export const drawBasemap = (ctx, view, { base, areas, outlines, boundary, layers, onTiles }) => {
  ctx.lineJoin = "round";
  ctx.lineCap = "butt";
  if (!onTiles) {
    ctx.fillStyle = base.countries.length ? PALETTE.land.other : PALETTE.ground;
    ctx.fillRect(0, 0, view.width, view.height);
  }
  if (layers.basemap && !onTiles) {
    for (const country of base.countries) {
      fillPolygons(ctx, country.polygons, view, tint(country.code, boundary));
    }
    if (!base.countries.length) {
      for (const area of areas) {
        if (area.kind === "country") fillPolygons(ctx, area.polygons, view, tint(area.country, boundary));
      }
    }
  }
  if (layers.relief && base.image && !onTiles) drawRelief(ctx, base, view);
  if (layers.basemap) {
    if (!onTiles) drawWater(ctx, base, view);
    strokeLines(ctx, layers.areas ? base.lesser : base.provinces, view, {
      colour: PALETTE.province,
      width: 0.8,
      dash: [3, 3],
    });
    const countries = base.borders.length ? [] : countryOutlines(areas);
    strokeLines(ctx, [...base.borders, ...countries], view, { colour: PALETTE.stateBorder, width: 1.3 });
    strokeLines(ctx, base.disputed, view, { colour: PALETTE.stateBorder, width: 1.3, dash: [5, 4] });
  }
  if (layers.areas) {
    strokeLines(ctx, outlines, view, { colour: PALETTE.area, width: 1.4, dash: [6, 3.5] });
  }
};

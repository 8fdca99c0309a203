import { fullHeight, roundRate } from "./bars.js";
import { readRelief } from "./basemap_data.js";
import { middleOf } from "./bands.js";
import { addControls } from "./controls.js";
import { createDescriber, samePick } from "./describe.js";
import { latOf, lonOf } from "./geometry.js";
import { createHints } from "./hints.js";
import { PALETTE } from "./palette.js";
import { createPictures } from "./picture.js";
import { createPopups } from "./popups.js";
import { createScene } from "./scene.js";
import { createStage } from "./stage.js";
import { createWalks } from "./walks.js";
import { forgetWidths } from "./text.js";

const ZOOM_SNAP = 0.25;
const FIT_SNAP = 0.05; // finer, so that the border fills the window
const FIT_PADDING = [0.045, 0.09]; // of width and height: room for names
const STILL_PX = 3; // a map that moved by less stands where it was fitted

/** Where on the map a pick is, as {latlng, loose}; loose: nowhere, so the middle of the window. */
const createAnchor = (scene, stage, leaflet) => {
  const toLatLng = ([x, y]) => window.L.latLng(latOf(y), lonOf(x));
  const middle = (from, to) => toLatLng(scene.border.at((from + to) / 2));
  const onBand = (kind, id, item) => {
    const band = scene.bands(stage.view).find((other) => other.kind === kind && other.id === id);
    return band ? toLatLng(stage.view.world(...middleOf(band.flat))) : middle(item.from, item.to);
  };
  const ofIncident = (e) => {
    const { places, columns, head } = scene;
    if (places.placed[e]) return toLatLng([places.x[e] + places.x0, places.y[e] + places.y0]);
    const stretch = columns.stretch[e] - 1;
    if (stretch >= 0) return onBand("stretch", stretch, head.stretches[stretch]);
    return columns.chainage[e] >= 0 ? toLatLng(scene.border.at(columns.chainage[e] / 1000)) : null;
  };
  const { segments } = scene;
  const found = ({ kind, id, ids }) => {
    if (kind === "incident") return ofIncident(id);
    if (kind === "incidents") return ids.length ? ofIncident(ids[0]) : null;
    if (kind === "segment" || kind === "year") return middle(segments.from[id], segments.to[id]);
    if (kind === "stretch") return onBand(kind, id, scene.head.stretches[id]);
    if (kind === "cell") return onBand(kind, id, scene.head.cells[id]);
    if (kind === "referent") return toLatLng([scene.landmarks[id].x, scene.landmarks[id].y]);
    return null;
  };
  return (pick) => {
    const latlng = found(pick);
    return latlng ? { latlng, loose: false } : { latlng: leaflet.getCenter(), loose: true };
  };
};

/** The part of the border that a pick means, as [from, to] in km, or null. */
const rangeOf = (scene, { kind, id, ids }) => {
  const { segments, head, columns, places } = scene;
  if (kind === "segment" || kind === "year") return [segments.from[id], segments.to[id]];
  if (kind === "stretch") return [head.stretches[id].from, head.stretches[id].to];
  if (kind === "cell") return [head.cells[id].from, head.cells[id].to];
  const e = kind === "incident" ? id : ids?.[0];
  if (e === undefined || places.placed[e] || !columns.stretch[e]) return null;
  const item = head.stretches[columns.stretch[e] - 1];
  return [item.from, item.to];
};

/**
 * Show the whole border, or what the state asks for. Returns `fit`, and `refit` for a new size of a map
 * that still stands where it was fitted.
 */
const startView = (app, leaflet) => {
  const { view } = app.store.get();
  const [south, west, north, east] = app.data.bounds;
  let fitted = null; // where the map stood when it was fitted, and how large it was
  const fit = () => {
    const size = leaflet.getSize();
    leaflet.options.zoomSnap = FIT_SNAP;
    leaflet.fitBounds(
      [[south, west], [north, east]],
      {
        padding: [size.x * FIT_PADDING[0], size.y * FIT_PADDING[1]],
        animate: false,
        maxZoom: 12,
      },
    );
    leaflet.options.zoomSnap = ZOOM_SNAP;
    fitted = { zoom: leaflet.getZoom(), centre: leaflet.getCenter(), size };
  };
  const refit = () => {
    if (!fitted || fitted.zoom !== leaflet.getZoom() || leaflet.getSize().equals(fitted.size)) return;
    const [now, then] = [leaflet.getCenter(), fitted.centre].map((at) => leaflet.project(at));
    if (now.distanceTo(then) < STILL_PX) fit(); // half a pixel of a small map is many kilometres
  };
  leaflet.options.zoomSnap = ZOOM_SNAP;
  if (!Number.isFinite(leaflet.options.maxZoom)) leaflet.setMaxZoom(app.data.tiles ? 17 : 13);
  leaflet.setMinZoom(4);
  if (view && Number.isFinite(view.zoom))
    leaflet.setView([view.lat, view.lon], view.zoom, { animate: false });
  else if (app.data.options?.fit !== false || !leaflet._loaded) fit();
  return { fit, refit };
};

/** Tell the store where the map is, and follow the store where it asks for another place. */
const linkView = (app, leaflet) => {
  const { store } = app;
  const same = (view) => {
    const { lat, lng } = leaflet.getCenter();
    return (
      Math.abs(view.zoom - leaflet.getZoom()) < 0.01 &&
      Math.abs(view.lat - lat) < 1e-4 &&
      Math.abs(view.lon - lng) < 1e-4
    );
  };
  const tell = () => {
    const { lat, lng } = leaflet.getCenter();
    const bounds = leaflet.getBounds();
    store.set({
      view: {
        zoom: leaflet.getZoom(),
        lat,
        lon: lng,
        bounds: [bounds.getSouth(), bounds.getWest(), bounds.getNorth(), bounds.getEast()],
      },
    });
  };
  leaflet.on("moveend", tell);
  store.on(["view"], ({ view }) => {
    if (view && Number.isFinite(view.zoom) && !same(view))
      leaflet.setView([view.lat, view.lon], view.zoom, { animate: false });
  });
  tell();
};

/** Leaflet's map: the one given, or a new one with the options given. */
const leafletMap = (element, given) => {
  if (typeof given?.getZoom === "function") return given;
  const still = window.matchMedia?.("(prefers-reduced-motion: reduce)").matches;
  const calm = still ? { zoomAnimation: false, fadeAnimation: false, inertia: false } : {};
  return window.L.map(element, {
    zoomControl: false,
    attributionControl: false,
    wheelPxPerZoomLevel: 90,
    ...calm,
    ...given,
  });
};

/** The map part: layers, picking, popups and pictures on a Leaflet map (or the options of one). */
export const createMap = (app, element, options = {}) => {
  const { store, words } = app;
  const leaflet = leafletMap(element, options.leaflet);
  const scene = createScene(app);
  const { fit, refit } = startView(app, leaflet);
  scene.tiles = addControls(app, leaflet, () => stage.redraw("base"));
  const stage = createStage(leaflet, scene.parts);
  stage.moved();
  leaflet.createPane("fg-keys").style.zIndex = 480;
  const anchor = createAnchor(scene, stage, leaflet);
  const describe = createDescriber(app);
  linkView(app, leaflet);

  element.setAttribute("role", "region");
  element.dir = "ltr";
  element.style.backgroundColor = PALETTE.ground;
  const rename = () => element.setAttribute("aria-label", words.t("map.region"));
  rename();

  const popups = createPopups(app, leaflet, { anchor, describe });
  createHints(app, leaflet, element, { scene, stage, describe, popups });
  const walks = createWalks(app, leaflet, { scene, anchor, describe });

  store.on(["result"], ({ result }) => {
    if (!scene.columns) {
      scene.fill(app.columns);
      window.setTimeout(popups.refresh, 0); // once the sheets can be made
      stage.redraw("names");
    }
    scene.take(result);
    walks.renew();
    stage.redraw("line", "points", "marks");
  });
  store.on(["layers", "style"], () => {
    walks.renew();
    stage.redraw();
  });
  store.on(["lang"], () => {
    rename();
    forgetWidths();
    stage.redraw("names", "line", "points");
  });
  store.on(["hover", "pick"], () => stage.redraw("marks"));

  const furnished = app.basemap.then(async (block) => {
    scene.furnish(block);
    scene.base.image = await readRelief(scene.base.relief);
    stage.redraw();
  });

  const resize = () => {
    leaflet.invalidateSize({ animate: false });
    refit();
  };
  new ResizeObserver(resize).observe(element);
  if (document.fonts?.size)
    document.fonts.ready.then(() => {
      forgetWidths();
      stage.redraw("names");
    });
  /**
   * Draw for the first time, in the size that the map has by now; not before the basemap is there, so that
   * names find their places once and then stay.
   */
  const show = async () => {
    await furnished;
    resize();
    stage.release();
  };

  const zoomTo = (pick) => {
    const range = rangeOf(scene, pick);
    const { latlng } = anchor(pick);
    popups.follow(); // it was placed before the map moves
    if (!range) {
      leaflet.setView(latlng, Math.max(leaflet.getZoom(), 10.5));
      return;
    }
    const line = scene.border.slice(range[0], range[1]);
    const bounds = [
      [latOf(line.south), lonOf(line.west)],
      [latOf(line.north), lonOf(line.east)],
    ];
    leaflet.fitBounds(bounds, { padding: [60, 60], maxZoom: 11 });
  };

  return {
    leaflet,
    ready: furnished,
    show,
    fit,
    zoomTo,
    focus: (pick) => walks.focus(pick, samePick),
    get hasRelief() {
      return Boolean(scene.base.relief);
    },
    get barScale() {
      const rate = roundRate(scene.highest);
      return rate && { rate, pixels: (rate / scene.highest) * fullHeight(leaflet.getZoom()) };
    },
    ...createPictures(leaflet, scene),
  };
};

import { createTurns } from "../state/turns.js";
import { makeView } from "./view.js";

const PADDING = 0.1; // of the window, on each side
const MOST_RATIO = 2; // device pixels per CSS pixel: more costs time and shows little

/**
 * Our canvases on Leaflet's map: one view for all of them, redrawn together after a move, each by
 * itself when it is `dirty`. While the map zooms they are stretched like Leaflet's own layers.
 * Nothing is drawn before `release()`: so what comes in bit by bit at first is drawn once.
 * `parts` is a list of {name, z, draw(ctx, view), alpha(view)?, order(view)?, empty()?}, from below.
 */
export const createStage = (leaflet, parts) => {
  const L = window.L;
  const canvases = new Map();
  const dirty = new Set();
  const cleared = new Set(); // canvases on which there is nothing
  let view = null;
  let held = true;

  for (const part of parts) {
    const pane = leaflet.createPane(`fg-${part.name}`);
    pane.style.zIndex = part.z;
    pane.style.pointerEvents = "none";
    const canvas = L.DomUtil.create("canvas", "fg-canvas leaflet-zoom-animated", pane);
    canvas.setAttribute("aria-hidden", "true");
    canvases.set(part.name, canvas);
  }

  let controls = { stamp: "", boxes: [] };

  /** Where buttons and texts of the map lie in its window, so that no name hides under them. */
  const controlBoxes = () => {
    const box = leaflet.getContainer();
    const { x, y } = leaflet.getSize();
    const stamp = `${x}/${y}/${leaflet.attributionControl?.getContainer().textContent.length}`;
    if (controls.stamp === stamp) return controls.boxes;
    const home = box.getBoundingClientRect();
    const boxes = Array.from(box.querySelectorAll(".leaflet-control"), (element) => {
      const at = element.getBoundingClientRect();
      return [at.left - home.left, at.top - home.top, at.right - home.left, at.bottom - home.top];
    });
    controls = { stamp, boxes };
    return boxes;
  };

  const measure = () => {
    const size = leaflet.getSize();
    const pad = size.multiplyBy(PADDING).round();
    const corner = leaflet.getPixelBounds().min.subtract(pad);
    return makeView({
      zoom: leaflet.getZoom(),
      left: corner.x,
      top: corner.y,
      width: size.x + 2 * pad.x,
      height: size.y + 2 * pad.y,
      ratio: Math.min(MOST_RATIO, window.devicePixelRatio || 1),
      pad: [pad.x, pad.y],
      controls: controlBoxes().map(([a, b, c, d]) => [a + pad.x, b + pad.y, c + pad.x, d + pad.y]),
    });
  };

  const place = (canvas) => {
    const at = L.point(view.left, view.top).subtract(leaflet.getPixelOrigin());
    L.DomUtil.setTransform(canvas, at, 1);
  };

  const paint = (part) => {
    const canvas = canvases.get(part.name);
    const empty = Boolean(part.empty?.());
    if (empty && cleared.has(part.name)) return;
    if (empty) cleared.add(part.name);
    else cleared.delete(part.name);
    const width = Math.round(view.width * view.ratio);
    const height = Math.round(view.height * view.ratio);
    const ctx = canvas.getContext("2d");
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
      canvas.style.width = `${view.width}px`;
      canvas.style.height = `${view.height}px`;
    } else {
      ctx.setTransform(1, 0, 0, 1, 0, 0);
      ctx.clearRect(0, 0, width, height);
    }
    ctx.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
    part.draw(ctx, view);
    canvas.style.opacity = part.alpha ? part.alpha(view) : 1;
    if (part.order) canvas.parentNode.style.zIndex = part.order(view);
    place(canvas);
  };

  /** What the map shows: measured when it is asked for, not at every step before anything is drawn. */
  const viewNow = () => {
    view = view || (leaflet.getSize().x ? measure() : null);
    return view;
  };

  const draw = () => {
    if (!leaflet.getSize().y || !viewNow()) return;
    const waiting = parts.filter((part) => dirty.has(part.name));
    dirty.clear();
    waiting.forEach(paint);
  };
  const turns = createTurns(draw);

  /** Draw the named canvases again, to be seen in the next frame; without names all of them. */
  const redraw = (...names) => {
    for (const name of names.length ? names : canvases.keys()) dirty.add(name);
    if (!held) turns.request();
  };

  const moved = () => {
    if (!leaflet.getSize().x) return;
    view = held ? null : measure();
    redraw();
  };

  /** While the map is dragged: draw anew as soon as the padding is used up. */
  const dragged = () => {
    if (!view || leaflet.getZoom() !== view.zoom) return;
    const seen = leaflet.getPixelBounds();
    const free =
      seen.min.x >= view.left &&
      seen.min.y >= view.top &&
      seen.max.x <= view.left + view.width &&
      seen.max.y <= view.top + view.height;
    if (!free) moved();
  };

  const stretch = (zoom, centre) => {
    if (!view) return;
    const scale = leaflet.getZoomScale(zoom, view.zoom);
    const origin = leaflet._getNewPixelOrigin(centre, zoom);
    const at = L.point(view.left, view.top).multiplyBy(scale).subtract(origin);
    for (const canvas of canvases.values()) L.DomUtil.setTransform(canvas, at, scale);
  };

  leaflet.on({
    moveend: moved,
    viewreset: moved,
    resize: moved,
    move: dragged,
    zoomanim: (event) => stretch(event.zoom, event.center),
    zoom: () => stretch(leaflet.getZoom(), leaflet.getCenter()),
  });

  return {
    redraw,
    moved,
    release: () => {
      if (!held) return;
      held = false;
      turns.now();
    },
    get view() {
      return viewNow();
    },
  };
};

// Keep the page's address and its state in step.
import { readHash, writeHash } from "./hash.js";

const WAIT_MS = 400; // browsers refuse more than some hundred changes a minute
const KEYS = ["lang", "view", "range", "off", "query", "pick", "chart", "style", "layers"];

const sameView = (a, b) => {
  if (!a || !b) return a === b;
  return Math.abs(a.zoom - b.zoom) < 0.01 && Math.abs(a.lat - b.lat) < 1e-3 && Math.abs(a.lon - b.lon) < 1e-3;
};

/** The hash of the window; empty where it may not be read. */
export const currentHash = (place = window) => {
  try {
    return place.location.hash || "";
  } catch (error) {
    return "";
  }
};

/**
 * Write changes of the state to the address a little later, and take up hashes that a reader types.
 * The view that the page begins with is not written. In a frame without an address of its own nothing
 * is written. `goTo(view)` moves the map. Returns {flush, stop}: write at once what waits; stop.
 */
export const linkHash = ({ store, head, initial, goTo = () => {}, place = window }) => {
  let timer = null;
  let allowed = true;
  const hashHere = () => currentHash(place).replace(/^#/, "");
  let written = hashHere();
  const home = readHash(written, head, initial).view ? null : store.get().view;

  const hashNow = () => {
    const state = store.get();
    const atHome = home !== null && sameView(state.view, home);
    return writeHash(atHome ? { ...state, view: null } : state, head, initial);
  };

  const read = () => {
    const hash = hashHere();
    if (hash === written) return;
    written = hash;
    const { view, ...patch } = readHash(hash, head, initial);
    const { tiles } = store.get().layers; // stay as the reader has them
    store.set({ ...patch, layers: { ...patch.layers, tiles } });
    if (view) goTo(view);
  };

  const write = () => {
    timer = null;
    if (hashHere() !== written) return; // typed just now: the page is about to hear of it
    const hash = hashNow();
    if (hash === written) return;
    try {
      place.history.replaceState(place.history.state, "", `#${hash}`);
      written = hashHere();
    } catch (error) {
      allowed = false; // such as a sandboxed frame: the page goes on without
    }
  };

  const later = () => {
    if (allowed && timer === null) timer = setTimeout(write, WAIT_MS);
  };

  const flush = () => {
    if (timer === null) return;
    clearTimeout(timer);
    write();
  };

  const off = store.on(KEYS, later);
  place.addEventListener("hashchange", read);
  const stop = () => {
    off();
    clearTimeout(timer);
    place.removeEventListener("hashchange", read);
  };
  return { flush, stop };
};

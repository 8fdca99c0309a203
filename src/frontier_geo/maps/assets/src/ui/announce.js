// What changed, said to those who do not see it: politely, and not at every step of a drag.
import { totalText } from "./totals.js";

const PAUSE_MS = 700;

/** `live` is the element that is read aloud. Returns announce(text). */
export const createAnnouncer = (app, live) => {
  const { store, words, data } = app;
  let timer = 0;

  const announce = (message) => {
    live.textContent = ""; // so that the same text is read again
    window.setTimeout(() => {
      live.textContent = message;
    }, 40);
  };
  const later = () => {
    window.clearTimeout(timer);
    const { result, playing } = store.get();
    if (!result || playing) return;
    timer = window.setTimeout(() => {
      announce(totalText(words, data, store.get().result));
    }, PAUSE_MS);
  };
  store.on(["off", "range", "found"], later);
  return announce;
};

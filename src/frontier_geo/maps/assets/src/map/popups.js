import { samePick } from "./describe.js";
import { dockFrame, isSmall, popupFrame, sheetBox } from "./frames.js";

const MOVE_MS = 900; // longer than a move of the map takes
const REST_MS = 60; // a move that ends is at times the first half of another one

/**
 * The popup of the picked thing: opened and closed by the store's `pick`. Opened by keyboard, it
 * takes the focus and gives it back. `anchor(pick)` says where: {latlng, loose}.
 */
export const createPopups = (app, leaflet, { anchor, describe }) => {
  const { store, words, root } = app;
  let open = null; // {frame, pick, opener, watcher}
  let clicked = null; // where on the map the pick was clicked
  let byKeyboard = false;

  root.addEventListener(
    "keydown",
    () => {
      byKeyboard = true;
    },
    true,
  );
  root.addEventListener(
    "pointerdown",
    () => {
      byKeyboard = false;
    },
    true,
  );

  /** Forget the open popup; the focus goes back to what had it, unless it is elsewhere by now. */
  const end = () => {
    const { watcher, opener, frame, pick } = open;
    watcher.disconnect();
    root.classList.remove("fg-popup-open");
    open = null;
    const active = document.activeElement;
    const lost = !active || active === document.body || frame.element.contains(active);
    if (lost && opener?.isConnected) opener.focus({ preventScroll: true });
    return pick;
  };

  const close = () => {
    if (!open) return;
    const { frame } = open;
    end();
    frame.close();
  };

  const gone = () => {
    if (!open) return;
    const pick = end();
    if (samePick(store.get().pick, pick)) store.set({ pick: null });
  };

  const show = (pick) => {
    const place = anchor(pick);
    const size = leaflet.getSize();
    const sheet = app.ui.sheet(pick);
    const box = sheetBox(sheet, { dir: words.dir, height: size.y });
    const opener = byKeyboard ? document.activeElement : null;
    const makeFrame = isSmall(size) ? dockFrame : popupFrame;
    const frame = makeFrame(leaflet, box, {
      latlng: clicked || place.latlng,
      loose: place.loose,
      label: describe(pick),
      close: words.t("map.close"),
      gone,
    });
    const watcher = new ResizeObserver(() => open && frame.settle());
    open = { frame, pick, opener, watcher };
    watcher.observe(sheet);
    root.classList.add("fg-popup-open");
    if (byKeyboard) box.focus({ preventScroll: true });
  };

  const follow = () => {
    const { pick } = store.get();
    if (open && samePick(open.pick, pick)) return;
    close();
    if (pick && pick.kind !== "area" && app.columns && app.ui.sheet) show(pick);
    clicked = null;
  };

  store.on(["pick"], follow);
  store.on(["lang"], () => {
    if (!open) return;
    const { pick } = open;
    close();
    show(pick);
  });
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !open) return;
    event.preventDefault();
    store.set({ pick: null });
  });

  return {
    /** Pick something at the place of a click, so that the popup stands there. */
    pickAt: (pick, latlng) => {
      if (samePick(store.get().pick, pick)) store.set({ pick: null });
      byKeyboard = false;
      clicked = latlng;
      store.set({ pick });
      clicked = null;
    },
    refresh: follow,
    /** Bring the open popup wholly into view again when the map, which moves now, has come to rest. */
    follow: () => {
      const settle = () =>
        window.setTimeout(() => {
          if (open && !leaflet._animatingZoom) open.frame.settle();
        }, REST_MS);
      leaflet.on("moveend", settle);
      window.setTimeout(() => leaflet.off("moveend", settle), MOVE_MS);
    },
  };
};

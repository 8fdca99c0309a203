import { samePick } from "./describe.js";
import { pickAt } from "./picking.js";

const MOUSE_REACH = 3;
const TOUCH_REACH = 16;

/**
 * The pointer on the map: what lies under it is hovered and said beside it, a click picks it.
 * Our canvases do not catch the pointer, so layers of others keep their own clicks.
 */
export const createHints = (app, leaflet, element, { scene, stage, describe, popups }) => {
  const { store, words } = app;
  const hint = window.L.DomUtil.create("div", "fg-hint", element);
  hint.setAttribute("aria-hidden", "true");
  hint.hidden = true;
  let [mine, touch, frame, last] = [null, false, 0, null];

  element.addEventListener(
    "pointerdown",
    (event) => {
      touch = event.pointerType === "touch";
    },
    true,
  );

  const hit = (at, reach) => {
    const { view } = stage;
    if (!view) return null;
    const corner = leaflet.getPixelBounds().min;
    return pickAt(scene, view, at.x + corner.x - view.left, at.y + corner.y - view.top, reach);
  };

  const hide = () => {
    hint.hidden = true;
    element.classList.remove("fg-over");
    if (mine && samePick(store.get().hover, mine)) store.set({ hover: null });
    mine = null;
  };

  const place = (at) => {
    const size = leaflet.getSize();
    const [w, h] = [hint.offsetWidth, hint.offsetHeight];
    const x = at.x + 16 + w > size.x - 6 ? at.x - 16 - w : at.x + 16;
    const y = at.y + 18 + h > size.y - 6 ? at.y - 12 - h : at.y + 18;
    hint.style.transform = `translate(${Math.round(Math.max(6, x))}px, ${Math.round(Math.max(6, y))}px)`;
  };

  const show = (pick, at) => {
    const write = (text) => {
      hint.textContent = text;
      hint.dir = words.dir;
      hint.hidden = !text;
      place(at);
    };
    write(
      describe(pick, (text) => {
        if (mine === pick) write(text);
      }),
    );
  };

  const over = (event) =>
    event.target?.closest?.(".leaflet-control, .leaflet-popup, .leaflet-marker-icon, .fg-dock");

  const follow = () => {
    frame = 0;
    const { at, event } = last;
    const moving = leaflet.dragging?.moving?.() || leaflet._animatingZoom;
    const pick = moving || over(event.originalEvent) ? null : hit(at, MOUSE_REACH);
    if (!pick) {
      hide();
      return;
    }
    element.classList.add("fg-over");
    if (samePick(mine, pick)) {
      place(at);
      return;
    }
    mine = pick;
    store.set({ hover: pick });
    show(pick, at);
  };

  leaflet.on("mousemove", (event) => {
    if (touch) return;
    last = { at: event.containerPoint, event };
    if (!frame) frame = window.requestAnimationFrame(follow);
  });
  leaflet.on("mouseout movestart zoomstart", () => {
    window.cancelAnimationFrame(frame);
    frame = 0;
    hide();
  });
  leaflet.on("click", (event) => {
    if (over(event.originalEvent)) return;
    const at = event.containerPoint;
    const pick = hit(at, MOUSE_REACH) || (touch ? hit(at, TOUCH_REACH) : null);
    hide();
    if (pick) popups.pickAt(pick, pick.kind.startsWith("incident") ? null : event.latlng);
    else store.set({ pick: null });
  });
};

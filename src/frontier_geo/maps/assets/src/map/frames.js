const WIDEST = 380;
const DOCK_BELOW = [560, 300]; // maps narrower or lower than this show sheets at their bottom edge

/** Whether a map is too small for a popup beside the thing it speaks of. */
export const isSmall = ({ x, y }) => x < DOCK_BELOW[0] || y < DOCK_BELOW[1];

/** A box that scrolls, for a sheet. */
export const sheetBox = (sheet, { dir, height }) => {
  const L = window.L;
  const box = L.DomUtil.create("div", "fg-popup-scroll");
  box.dir = dir;
  box.tabIndex = 0;
  box.style.maxHeight = `${height}px`;
  box.append(sheet);
  L.DomEvent.disableScrollPropagation(box);
  return box;
};

const name = (element, label) => {
  element.setAttribute("role", "dialog");
  element.setAttribute("aria-label", label);
};

/** A Leaflet popup at a place. `gone` is called when the reader closes it. */
export const popupFrame = (leaflet, box, { latlng, loose, label, close, gone }) => {
  const classes = ["fg-popup", loose && "fg-popup-loose", box.dir === "rtl" && "fg-popup-rtl"];
  const L = window.L;
  const size = leaflet.getSize();
  const popup = L.popup({
    maxWidth: WIDEST,
    minWidth: 260,
    className: classes.filter(Boolean).join(" "),
    autoPanPaddingTopLeft: [56, 10],
    autoPanPaddingBottomRight: [10, 10],
    closeOnClick: false,
  });
  box.style.maxHeight = `${Math.max(140, Math.round(size.y * 0.62))}px`;
  popup.setLatLng(latlng).setContent(box).openOn(leaflet);
  const element = popup.getElement();
  name(element, label);
  element.querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", close);
  popup.on("remove", gone);
  return {
    element,
    settle: () => {
      popup._updateLayout();
      popup._updatePosition();
      popup._autopanning = false; // else Leaflet takes this for an echo of its own pan, and does nothing
      popup._adjustPan();
    },
    close: () => {
      popup.off("remove", gone);
      leaflet.closePopup(popup);
    },
  };
};

/** A sheet at the bottom edge of a small map, as wide as the map; the place stays in sight above. */
export const dockFrame = (leaflet, box, { latlng, loose, label, close, gone }) => {
  const L = window.L;
  const size = leaflet.getSize();
  const element = L.DomUtil.create("div", "fg-dock", leaflet.getContainer());
  name(element, label);
  element.dir = box.dir;
  const button = L.DomUtil.create("button", "fg-dock-close", element);
  button.type = "button";
  button.textContent = "×";
  button.setAttribute("aria-label", close);
  box.style.maxHeight = `${Math.round(size.y * 0.68)}px`;
  element.append(box);
  L.DomEvent.disableClickPropagation(element);
  const remove = () => element.remove();
  button.addEventListener("click", () => {
    remove();
    gone();
  });
  const settle = () => {
    if (!loose)
      leaflet.panInside(latlng, {
        paddingTopLeft: [24, 24],
        paddingBottomRight: [24, element.offsetHeight + 24],
      });
  };
  return { element, settle, close: remove };
};

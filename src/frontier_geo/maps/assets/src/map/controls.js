const STEPS = [1, 2, 3, 5];

/** The longest round length in metres that takes at most `pixels`, and its width. */
export const roundLength = (metresPerPixel, pixels) => {
  const most = metresPerPixel * pixels;
  const unit = 10 ** Math.floor(Math.log10(most));
  const metres = unit * Math.max(...STEPS.filter((step) => step * unit <= most));
  return { metres, pixels: metres / metresPerPixel };
};

/** The text of a length. */
export const lengthText = (words, metres) =>
  metres >= 1000
    ? words.t("unit.km_value", { n: words.number(metres / 1000) })
    : words.t("unit.m_value", { n: words.number(metres) });

const scaleBar = (app, leaflet) => {
  const L = window.L;
  const Bar = L.Control.extend({
    options: { position: "bottomleft" },
    onAdd: () => {
      const box = L.DomUtil.create("div", "fg-scale");
      box.setAttribute("aria-hidden", "true");
      const text = L.DomUtil.create("span", "fg-scale-text", box);
      text.dir = "auto";
      const line = L.DomUtil.create("span", "fg-scale-line", box);
      const update = () => {
        const size = leaflet.getSize();
        if (!size.x) return;
        const middle = leaflet.containerPointToLatLng([0, size.y / 2]);
        const metres = leaflet.distance(middle, leaflet.containerPointToLatLng([100, size.y / 2])) / 100;
        const bar = roundLength(metres, 110);
        line.style.width = `${Math.round(bar.pixels)}px`;
        text.textContent = lengthText(app.words, bar.metres);
      };
      leaflet.on("move zoomend resize", update);
      app.store.on(["lang"], update);
      leaflet.whenReady(update);
      return box;
    },
  });
  new Bar().addTo(leaflet);
};

const zoomButtons = (app, leaflet) => {
  const L = window.L;
  const control = leaflet.zoomControl || L.control.zoom({ position: "topleft" }).addTo(leaflet);
  const rename = () => {
    for (const [button, key] of [
      [control._zoomInButton, "map.zoom_in"],
      [control._zoomOutButton, "map.zoom_out"],
    ]) {
      button.title = app.words.t(key);
      button.setAttribute("aria-label", app.words.t(key));
    }
  };
  rename();
  app.store.on(["lang"], rename);
};

/** Leaflet writes attributions as markup; in this text nothing is markup. */
const escaped = (text) => String(text).replace(/[&<>"'`]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const attributions = (app, leaflet) => {
  const control = leaflet.attributionControl || window.L.control.attribution().addTo(leaflet);
  control.setPrefix(false);
  const lines = app.data.notes?.attribution || [];
  const said = (line, i) => lines.some((other, k) => other.includes(line) && (other !== line || k < i));
  for (const line of lines.filter((text, i) => !said(text, i))) control.addAttribution(escaped(line));
  const box = control.getContainer();
  const lift = () => {
    const bar = app.root.querySelector(".fg-map .leaflet-bottom.leaflet-left");
    const wide = box.offsetWidth > leaflet.getSize().x - 150;
    if (bar) bar.style.bottom = wide ? `${box.offsetHeight}px` : "";
  };
  new ResizeObserver(lift).observe(box);
  leaflet.on("resize", lift);
};

/**
 * Online tiles, only where the page was made for them and the reader asks. Only the page's origin
 * is told to their server: OpenStreetMap refuses requests that name no page at all, as those from
 * a file are bound to be.
 */
const addTiles = (app, leaflet, changed) => {
  const given = app.data.tiles;
  const state = { shown: false };
  if (!given) return state;
  const layer = window.L.tileLayer(given.url, {
    attribution: escaped(given.attribution || ""),
    maxNativeZoom: given.max_zoom || 18,
    referrerPolicy: "strict-origin",
    className: "fg-tiles",
  });
  const say = (shown) => {
    if (state.shown === shown) return;
    state.shown = shown;
    changed();
  };
  const notice = window.L.DomUtil.create("p", "fg-notice", leaflet.getContainer());
  notice.hidden = true;
  const fail = () => {
    if (state.shown) return; // some came: the map is usable
    notice.textContent = app.words.t("map.tiles_failed", { host: given.host });
    notice.dir = app.words.dir;
    notice.hidden = false;
  };
  layer.on("tileload", () => {
    notice.hidden = true;
    say(true);
  });
  layer.on("tileerror", fail);
  const follow = () => {
    const wanted = Boolean(app.store.get().layers?.tiles);
    if (wanted === leaflet.hasLayer(layer)) return;
    if (wanted) {
      layer.addTo(leaflet);
      return;
    }
    layer.remove();
    notice.hidden = true;
    say(false);
  };
  app.store.on(["layers"], follow);
  follow();
  return state;
};

/**
 * Zoom buttons, scale bar, attribution and online tiles. Returns {shown}: whether tiles are seen;
 * `changed` is called when that changes.
 */
export const addControls = (app, leaflet, changed) => {
  zoomButtons(app, leaflet);
  scaleBar(app, leaflet);
  attributions(app, leaflet);
  return addTiles(app, leaflet, changed);
};

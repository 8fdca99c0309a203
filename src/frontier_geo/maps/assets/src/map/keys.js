const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 10, PageUp: -10 };

/**
 * One stop of the keyboard for many things on the canvas: arrow keys walk along them from west to
 * east, Enter opens. `list()` gives the picks in order, `place(pick)` their place on the map.
 */
export const createWalk = (app, leaflet, { name, label, list, place, describe }) => {
  const L = window.L;
  const { store, words } = app;
  const element = L.DomUtil.create(
    "div",
    `fg-walk fg-walk-${name} leaflet-zoom-hide`,
    leaflet.getPane("fg-keys"),
  );
  let items = null;
  let current = -1;

  const rename = () => element.setAttribute("aria-label", words.t(label));
  element.setAttribute("role", "application");
  element.tabIndex = 0;
  rename();

  const put = () => {
    const at = items && items[current] && place(items[current]);
    element.classList.toggle("fg-walk-placed", Boolean(at));
    L.DomUtil.setPosition(element, leaflet.latLngToLayerPoint(at || leaflet.getCenter()));
    return at;
  };

  const say = (text) => app.ui.announce(text);

  const sayHere = () => {
    const what = { n: words.number(current + 1), total: words.number(items.length) };
    const pick = items[current];
    say(
      words.t("map.step", {
        ...what,
        what: describe(pick, (more) => {
          if (items && items[current] === pick && document.activeElement === element)
            say(words.t("map.step", { ...what, what: more }));
        }),
      }),
    );
  };

  const go = (index) => {
    if (!items.length) {
      say(words.t("map.none_shown"));
      return;
    }
    current = Math.min(items.length - 1, Math.max(0, index));
    const at = put();
    if (at) leaflet.panInside(at, { padding: [60, 60], animate: false });
    put();
    store.set({ hover: items[current] });
    sayHere();
  };

  const ready = () => {
    if (!items) items = list();
    return items;
  };

  element.addEventListener("focus", () => {
    ready();
    if (current >= 0 && items[current]) store.set({ hover: items[current] });
    put();
  });
  element.addEventListener("blur", () => store.set({ hover: null }));
  element.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    ready();
    if (event.key in STEPS) go(current < 0 ? 0 : current + STEPS[event.key]);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(items.length - 1);
    else if (event.key === "Enter" || event.key === " ") {
      if (current < 0) go(0);
      if (items[current]) store.set({ pick: items[current] });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  leaflet.on("zoomend moveend viewreset", put);
  store.on(["lang"], rename);

  return {
    element,
    /** The list is another now: filters or layers changed. */
    renew: () => {
      const before = items && items[current];
      items = null;
      if (!before) return;
      if (document.activeElement !== element) {
        current = -1;
        put();
        return;
      }
      current = Math.min(current, ready().length - 1);
      put();
    },
    hide: (hidden) => {
      element.hidden = hidden;
    },
    /** Take the focus, standing on a pick if it is in the list. */
    focus: (test) => {
      current = ready().findIndex(test);
      put();
      element.focus({ preventScroll: true });
    },
  };
};

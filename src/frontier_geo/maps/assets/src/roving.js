// Keyboard for a row of things on the map: Tab reaches the row, arrows move along it, Enter opens.
// `things` have `element()`, `place()` and `open(element)`.
FrontierMap.roving = function (map, things, ready) {
  let current = 0;

  function go(index, event) {
    event.preventDefault();
    event.stopPropagation();
    const before = things[current].element();
    if (before) before.setAttribute("tabindex", "-1");
    current = Math.min(things.length - 1, Math.max(0, index));
    const element = things[current].element();
    element.setAttribute("tabindex", "0");
    element.focus({ preventScroll: true });
  }

  const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 10, PageUp: -10 };

  function dress(thing, index) {
    const element = thing.element();
    if (!element || element.dataset.fgRoving) return;
    element.dataset.fgRoving = "1";
    element.setAttribute("tabindex", index === current ? "0" : "-1");
    element.setAttribute("role", "button");
    element.setAttribute("aria-label", thing.label);
    element.addEventListener("keydown", function (event) {
      if (event.key in STEPS) go(index + STEPS[event.key], event);
      else if (event.key === "Home") go(0, event);
      else if (event.key === "End") go(things.length - 1, event);
      else if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        event.stopPropagation();
        thing.open(element);
      }
    });
    element.addEventListener("focus", function () {
      things[current].element().setAttribute("tabindex", "-1");
      current = index;
      element.setAttribute("tabindex", "0");
      map.panInside(thing.place(), { padding: [40, 40] });
    });
  }

  function dressAll() { things.forEach(dress); }
  ready.on("add", function () { window.setTimeout(dressAll, 0); });
  return dressAll;
};

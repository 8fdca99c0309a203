// Names on the map: each is shown where it covers no other name, and moved off the ribbon.
FrontierMap.labels = function (map, obstacles) {
  const items = [];

  // priority: lower comes first. sides: where the text may stand, seen from its point.
  function add(place, name, className, priority, sides, minZoom) {
    const span = FrontierMap.dom.text("span", name, "fg-label " + className);
    const marker = L.marker(place, {
      pane: "fg-labels", interactive: false, keyboard: false,
      icon: L.divIcon({ className: "fg-label-anchor", html: span, iconSize: [0, 0] }),
    });
    const item = {
      marker: marker, span: span, at: L.latLng(place), priority: priority,
      sides: sides || ["middle"], minZoom: minZoom || 0, size: null,
    };
    items.push(item);
    items.sort(function (a, b) { return a.priority - b.priority; });
    return marker;
  }

  function box(item, side) {
    const at = map.latLngToContainerPoint(item.at);
    const w = item.size.x, h = item.size.y;
    if (side === "right") return [at.x + 9, at.y - h / 2, at.x + 9 + w, at.y + h / 2];
    if (side === "left") return [at.x - 9 - w, at.y - h / 2, at.x - 9, at.y + h / 2];
    if (side === "above") return [at.x - w / 2, at.y - 8 - h, at.x + w / 2, at.y - 8];
    if (side === "below") return [at.x - w / 2, at.y + 8, at.x + w / 2, at.y + 8 + h];
    return [at.x - w / 2, at.y - h / 2, at.x + w / 2, at.y + h / 2];
  }

  function meet(a, b) {
    return a[0] < b[2] + 3 && b[0] < a[2] + 3 && a[1] < b[3] + 1 && b[1] < a[3] + 1;
  }

  function arrange() {
    const taken = [];
    const size = map.getSize();
    const points = obstacles().map(function (place) { return map.latLngToContainerPoint(place); })
      .filter(function (p) { return p.x > -9 && p.y > -9 && p.x < size.x + 9 && p.y < size.y + 9; });
    items.forEach(function (item) {
      if (!map.hasLayer(item.marker)) return;
      if (!item.size) item.size = L.point(item.span.offsetWidth, item.span.offsetHeight);
      let best = null, least = Infinity;
      if (map.getZoom() >= item.minZoom) {
        item.sides.forEach(function (side) {
          const area = box(item, side);
          if (taken.some(function (other) { return meet(area, other); })) return;
          if (area[0] < 2 || area[2] > size.x - 2) return;
          const covered = points.filter(function (p) {
            return p.x > area[0] - 4 && p.x < area[2] + 4 && p.y > area[1] - 3 && p.y < area[3] + 3;
          }).length;
          if (covered < least) { best = side; least = covered; }
        });
      }
      if (least > 10 && item.sides.length > 1) best = null; // it would hide what it names
      item.span.style.visibility = best ? "visible" : "hidden";
      if (!best) return;
      const area = box(item, best), at = map.latLngToContainerPoint(item.at);
      item.span.style.left = (area[0] - at.x) + "px";
      item.span.style.top = (area[1] - at.y) + "px";
      taken.push(area);
    });
  }

  map.on("zoomend moveend resize fg:layers", arrange);
  return { add: add, arrange: arrange };
};

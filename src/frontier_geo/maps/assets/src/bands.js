// Incidents known only to a stretch of the border: a hatched band beside that stretch, never a dot.
// The band runs along a smoothed copy of the border, some pixels off it, in a lane of its own.
FrontierMap.bands = function (map, data, events, decode, popups) {
  const group = L.layerGroup();
  const STEP = 5, SMOOTH = 26, NORMAL = 42, LANE = 9, WIDTH = 5, FIRST = 14; // pixels
  const renderer = L.svg({ pane: "fg-bands", padding: 0.4 });
  let side = null; // the smoothed border with its normals, for one zoom

  function smooth(values, sigma) {
    // Three running means come close to a Gaussian; the ends are extended by reflection.
    const n = values.length, half = Math.max(1, Math.round(sigma));
    let from = values;
    for (let pass = 0; pass < 3; pass += 1) {
      const sums = new Float64Array(n + 2 * half + 1);
      for (let i = 0; i < n + 2 * half; i += 1) {
        const k = i - half;
        const value = k < 0 ? 2 * from[0] - from[Math.min(n - 1, -k)]
          : k >= n ? 2 * from[n - 1] - from[Math.max(0, 2 * n - 2 - k)] : from[k];
        sums[i + 1] = sums[i] + value;
      }
      const to = new Float64Array(n);
      for (let i = 0; i < n; i += 1) to[i] = (sums[i + 2 * half + 1] - sums[i]) / (2 * half + 1);
      from = to;
    }
    return from;
  }

  function measure() {
    const zoom = map.getZoom();
    if (side && side.zoom === zoom) return side;
    const line = decode.line.map(function (place) { return map.project(place, zoom); });
    let pixels = 0;
    for (let i = 1; i < line.length; i += 1) pixels += line[i].distanceTo(line[i - 1]);
    const n = Math.max(3, Math.min(20000, Math.round(pixels / STEP)));
    const x = new Float64Array(n), y = new Float64Array(n);
    for (let i = 0; i < n; i += 1) {
      const p = map.project(decode.at(decode.length * i / (n - 1)), zoom);
      x[i] = p.x;
      y[i] = p.y;
    }
    const sx = smooth(x, SMOOTH / STEP / 1.7), sy = smooth(y, SMOOTH / STEP / 1.7);
    const dx = new Float64Array(n), dy = new Float64Array(n);
    for (let i = 0; i < n; i += 1) {
      const a = Math.max(0, i - 1), b = Math.min(n - 1, i + 1);
      dx[i] = sx[b] - sx[a];
      dy[i] = sy[b] - sy[a];
    }
    side = {
      zoom: zoom, n: n, x: sx, y: sy,
      dx: smooth(dx, NORMAL / STEP / 1.7), dy: smooth(dy, NORMAL / STEP / 1.7),
    };
    return side;
  }

  // Left of increasing chainage is side 1; on the screen y grows downwards.
  function beside(item) {
    const s = measure(), tight = s.zoom < 6.4 ? 0.7 : 1;
    const off = (FIRST + item.lane * LANE) * item.side * tight;
    const first = Math.round(item.from / decode.length * (s.n - 1));
    const last = Math.max(first + 1, Math.round(item.to / decode.length * (s.n - 1)));
    const points = [];
    let before = null;
    for (let i = first; i <= Math.min(last, s.n - 1); i += 1) {
      const size = Math.hypot(s.dx[i], s.dy[i]) || 1;
      const p = L.point(s.x[i] + off * s.dy[i] / size, s.y[i] - off * s.dx[i] / size);
      // In a tight bend the offset line runs backwards: leave those points out.
      if (before && (p.x - before.x) * s.dx[i] + (p.y - before.y) * s.dy[i] <= 0) continue;
      points.push(p);
      before = p;
    }
    if (points.length === 1) points.push(points[0].add([1, 1]));
    return points.map(function (p) { return map.unproject(p, s.zoom); });
  }

  const COLOUR = "#44337a";

  // A band is four lines over each other: white ground, tint, hatch, and what the pointer meets.
  // The outer band, of many longer stretches, has no hatch: the darker, the more incidents.
  function lines(band, count) {
    const shade = Math.min(1, 0.4 + 0.12 * Math.log2(count + 1));
    function line(options) {
      return L.polyline(beside(band), Object.assign({
        renderer: renderer, pane: "fg-bands", color: COLOUR, lineCap: "butt", interactive: false,
        smoothFactor: 0,
      }, options));
    }
    return [
      line({ color: "#ffffff", opacity: 0.75, weight: WIDTH + 2 }),
      line({ opacity: shade * (band.outer ? 0.7 : 0.35), weight: WIDTH }),
      line({ opacity: band.outer ? 0 : shade, weight: WIDTH, dashArray: "2 3", className: "fg-band" }),
      line({
        color: "#0b57d0", opacity: 0, weight: LANE, interactive: true, className: "fg-hit",
        bubblingMouseEvents: false,
      }),
    ];
  }

  function stretchOf(item) {
    return L.polyline(decode.slice(item.from, item.to), {
      pane: "fg-hits", interactive: false, color: COLOUR, opacity: 0.45, weight: 18,
      lineCap: "butt",
    });
  }

  function said(count) { return count + (count === 1 ? " incident" : " incidents"); }

  function add(band, count, brief, open) {
    const drawn = lines(band, count), hit = drawn[3];
    drawn.forEach(function (layer) { group.addLayer(layer); });
    const thing = {
      label: brief, band: band, count: count,
      element: function () { return hit.getElement(); },
      place: function () { const all = hit.getLatLngs(); return all[all.length >> 1]; },
      open: open,
      redraw: function () {
        const points = beside(band);
        drawn.forEach(function (layer) { layer.setLatLngs(points); });
        if (thing.badge) thing.badge.setLatLng(points[points.length >> 1]);
      },
    };
    thing.listen = function (layer) {
      layer.on("click", function (event) { thing.open(hit.getElement(), event.latlng); });
      layer.on("mouseover", function () { map.fire("fg:hint", { text: brief }); });
      layer.on("mouseout", function () { map.fire("fg:hint", { text: "" }); });
    };
    thing.listen(hit);
    return thing;
  }

  const single = data.items.filter(function (item) { return item.lane !== null; })
    .map(function (item) {
      const count = item.events.length;
      const brief = said(count) + " known only to this stretch: " + item.heading;
      const thing = add(item, count, brief, function (element, place) {
        const content = FrontierMap.incidentList(events, item.events, item.heading,
          said(count) + " known only to this stretch of the border. Each happened somewhere " +
          "along it.");
        popups.open(place || thing.place(), content, brief, element, stretchOf(item));
      });
      const number = FrontierMap.dom.text("span", String(count), "fg-band-count");
      thing.badge = L.marker(thing.place(), {
        pane: "fg-bands", keyboard: false, bubblingMouseEvents: false,
        icon: L.divIcon({ className: "fg-band-badge", html: number, iconSize: [0, 0] }),
      });
      thing.number = number;
      thing.listen(thing.badge);
      group.addLayer(thing.badge);
      return thing;
    });

  const outer = data.cells.map(function (cell) {
    const stretches = cell.stretches.map(function (n) { return data.items[n]; });
    const count = stretches.reduce(function (sum, item) { return sum + item.events.length; }, 0);
    const here = "km " + Math.round(cell.from) + " to " + Math.round(cell.to);
    const brief = said(count) + " known only to longer stretches that take in " + here;
    const band = { from: cell.from, to: cell.to, side: cell.side, lane: 2, outer: true };
    const thing = add(band, count, brief, function (element, place) {
      const dom = FrontierMap.dom;
      const content = dom.el("div", { class: "fg-many" }, [
        dom.text("h2", "Longer stretches around " + here),
        dom.text("p", brief + ". Each happened somewhere along its own stretch.", "fg-note"),
      ]);
      stretches.forEach(function (item) {
        const fold = dom.el("details", {}, [
          dom.text("summary", item.heading + " (" + item.events.length + ")"),
        ]);
        fold.addEventListener("toggle", function () {
          if (!fold.open) return;
          popups.show(stretchOf(item));
          if (fold.children.length > 1) return;
          fold.append.apply(fold, FrontierMap.incidentFolds(events, item.events));
        });
        content.append(fold);
      });
      popups.open(place || thing.place(), content, brief, element, stretchOf(cell));
    });
    return thing;
  });

  // A number is left out where a larger one stands already; the band itself still says it.
  function thinOut() {
    const kept = [];
    single.slice().sort(function (a, b) { return b.count - a.count; }).forEach(function (thing) {
      const at = map.latLngToLayerPoint(thing.place());
      const free = kept.every(function (other) { return at.distanceTo(other) > 17; });
      thing.number.style.visibility = free ? "visible" : "hidden";
      if (free) kept.push(at);
    });
  }

  const things = single.concat(outer).sort(function (a, b) { return a.band.from - b.band.from; });
  map.on("zoomend", function () {
    things.forEach(function (thing) { thing.redraw(); });
    thinOut();
  });
  const pane = map.getPane("fg-bands");
  pane.setAttribute("role", "group");
  pane.setAttribute("aria-label",
    "Stretches with incidents of no exact place. Arrow keys move along the border, Enter opens.");
  if (things.length) FrontierMap.roving(map, things, group);
  thinOut();
  return group;
};

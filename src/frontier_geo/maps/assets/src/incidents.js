// Incidents with a point. Those at the same place share one symbol with their number.
FrontierMap.SYMBOL_LIMIT = 2000;

FrontierMap.incidents = function (map, data, events, popups) {
  const several = { shape: "several", colour: "#4b5563", label: "Several types" };

  function look(item) { return item.kind < 0 ? several : data.types[item.kind]; }

  function place(item) { return [item.at[1], item.at[0]]; }

  function brief(item) {
    const first = events.items[item.events[0]];
    if (item.events.length > 1) return item.events.length + " incidents at " + first.where;
    return first.type + ", " + first.when + ", " + first.where;
  }

  function open(item, element) {
    const count = item.events.length;
    const content = count > 1
      ? FrontierMap.incidentList(events, item.events, count + " incidents at this place")
      : FrontierMap.dom.el("div", {}, [FrontierMap.incidentSheet(events, item.events[0])]);
    const circle = item.radius ? L.circle(place(item), {
      radius: item.radius, pane: "fg-bands", interactive: false, color: "#0b57d0", weight: 2,
      dashArray: "5 5", fillOpacity: 0.08,
    }) : null;
    popups.open(place(item), content, brief(item), element, circle);
  }

  const tools = { look: look, place: place, brief: brief, open: open };
  if (data.items.length > FrontierMap.SYMBOL_LIMIT) {
    return new FrontierMap.IncidentCanvas(data.items, tools);
  }

  const group = L.layerGroup();
  const things = data.items.map(function (item) {
    const mark = look(item);
    const box = FrontierMap.dom.el("span", { class: "fg-mark" }, [
      FrontierMap.symbols.draw(mark.shape, mark.colour, item.hollow),
    ]);
    if (item.events.length > 1) {
      box.append(FrontierMap.dom.text("span", String(item.events.length), "fg-count"));
    }
    const marker = L.marker(place(item), {
      pane: "fg-incidents", keyboard: false, bubblingMouseEvents: false, riseOnHover: true,
      icon: L.divIcon({ className: "fg-symbol", html: box, iconSize: [24, 24] }),
    });
    group.addLayer(marker);
    const thing = {
      label: brief(item),
      element: function () { return marker.getElement(); },
      place: function () { return marker.getLatLng(); },
      open: function (element) { open(item, element); },
    };
    marker.on("click", function () { thing.open(marker.getElement()); });
    marker.on("mouseover", function () { map.fire("fg:hint", { text: thing.label }); });
    marker.on("mouseout", function () { map.fire("fg:hint", { text: "" }); });
    return thing;
  });
  const pane = map.getPane("fg-incidents");
  pane.setAttribute("role", "group");
  pane.setAttribute("aria-label",
    "Incidents with a point, from west to east. Arrow keys move along, Enter opens.");
  if (things.length) FrontierMap.roving(map, things, group);
  return group;
};

// Many incidents: drawn on one canvas, found again by their pixel. Arrow keys step through them.
FrontierMap.IncidentCanvas = L.Layer.extend({
  initialize: function (items, tools) {
    this._items = items;
    this._tools = tools;
    this._current = -1;
  },

  onAdd: function (map) {
    const canvas = FrontierMap.dom.el("canvas", {
      class: "fg-canvas leaflet-zoom-hide", tabindex: "0", role: "application",
      "aria-label": this._items.length + " places with incidents. Arrow keys step from west to " +
        "east, Enter opens.",
    });
    this._canvas = canvas;
    map.getPane("fg-incidents").append(canvas);
    map.on("moveend zoomend resize viewreset", this._draw, this);
    canvas.addEventListener("keydown", this._key.bind(this));
    canvas.addEventListener("focus", this._draw.bind(this));
    canvas.addEventListener("blur", this._draw.bind(this));
    this._click = this._onClick.bind(this);
    map.getContainer().addEventListener("click", this._click, true);
    this._draw();
  },

  onRemove: function (map) {
    map.off("moveend zoomend resize viewreset", this._draw, this);
    map.getContainer().removeEventListener("click", this._click, true);
    this._canvas.remove();
  },

  _draw: function () {
    const map = this._map, size = map.getSize(), ratio = window.devicePixelRatio || 1;
    const canvas = this._canvas, tools = this._tools, pen = canvas.getContext("2d");
    L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
    canvas.width = size.x * ratio;
    canvas.height = size.y * ratio;
    canvas.style.width = size.x + "px";
    canvas.style.height = size.y + "px";
    const near = map.getZoom() >= 9, scale = near ? 1 : 0.55, paths = {};
    const shown = this._shown = [];
    this._items.forEach(function (item, index) {
      const at = map.latLngToContainerPoint(tools.place(item));
      if (at.x < -9 || at.y < -9 || at.x > size.x + 9 || at.y > size.y + 9) return;
      shown.push([at.x, at.y, index]);
      const mark = tools.look(item);
      const path = paths[mark.shape] =
        paths[mark.shape] || new Path2D(FrontierMap.symbols.paths[mark.shape]);
      pen.setTransform(ratio * scale, 0, 0, ratio * scale, at.x * ratio, at.y * ratio);
      pen.globalAlpha = near ? 1 : 0.75;
      pen.lineWidth = item.hollow ? 2.4 : 1.2;
      pen.fillStyle = item.hollow ? "#fff" : mark.colour;
      pen.strokeStyle = item.hollow ? mark.colour : "#1d2127";
      pen.fill(path);
      pen.stroke(path);
      if (index === this._current && document.activeElement === canvas) {
        pen.globalAlpha = 1;
        pen.strokeStyle = "#0b57d0";
        pen.lineWidth = 4;
        pen.strokeRect(-14, -14, 28, 28);
      }
    }, this);
  },

  _onClick: function (event) {
    if (event.target.closest(".leaflet-control, .leaflet-popup")) return;
    if (this._map.dragging && this._map.dragging.moved()) return;
    const at = this._map.mouseEventToContainerPoint(event);
    let best = null, least = 12;
    this._shown.forEach(function (point) {
      const far = Math.hypot(point[0] - at.x, point[1] - at.y);
      if (far <= least) { least = far; best = point; }
    });
    if (!best) return;
    event.stopPropagation();
    this._current = best[2];
    this._tools.open(this._items[best[2]], this._canvas);
  },

  _key: function (event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 100, PageUp: -100 };
    if (event.key in step) {
      const next = this._current < 0 ? 0 : this._current + step[event.key];
      this._current = Math.min(this._items.length - 1, Math.max(0, next));
      const item = this._items[this._current];
      this._map.panInside(this._tools.place(item), { padding: [40, 40] });
      this._map.fire("fg:hint", { text: this._tools.brief(item) });
      this._draw();
    } else if (event.key === "Enter" && this._current >= 0) {
      this._tools.open(this._items[this._current], this._canvas);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  },
});

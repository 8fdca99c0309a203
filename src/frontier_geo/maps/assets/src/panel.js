// The heading above the map and the panel beside it: legend, layers, lists, notes.
FrontierMap.panel = function (map, frame, data, layers) {
  const dom = FrontierMap.dom;

  function section(title, children) {
    return dom.el("section", {}, [dom.text("h2", title)].concat(children));
  }

  function sample(entry) {
    const svg = dom.svg, line = { x1: 3, x2: 41, y1: 8, y2: 8 };
    function stroke(colour, width) {
      return svg("line", Object.assign({ stroke: colour, "stroke-width": width }, line));
    }
    return svg("svg", { width: 44, height: 16, "aria-hidden": "true" },
      [stroke("#2b2f36", entry.width + 2.6), stroke(entry.colour, entry.width)]);
  }

  function entry(picture, label, count) {
    return dom.el("li", {}, [picture, dom.text("span", label),
      count === undefined ? null : dom.text("span", String(count), "fg-number")]);
  }

  function ribbonLegend() {
    const classes = data.ribbon.classes.filter(function (c) { return c.count || c.label === "0"; });
    return section("Border segments", [
      dom.text("p", data.ribbon.title, "fg-note"),
      dom.el("ul", { class: "fg-legend" }, classes.map(function (c) {
        return entry(sample(c), c.label, c.count);
      })),
      dom.text("p", "Number of segments on the right. Classes at the natural breaks of " +
        "the rates (Fisher–Jenks), zero by itself; colours: lajolla.", "fg-note"),
    ]);
  }

  function incidentLegend() {
    const draw = FrontierMap.symbols.draw, types = data.points.types;
    if (!types.length) return null;
    const list = dom.el("ul", { class: "fg-legend" }, types.map(function (type) {
      return entry(draw(type.shape, type.colour, false), type.label, type.count);
    }));
    list.append(entry(draw("several", "#4b5563", false), "Several types at one place; a number says how many"));
    list.append(entry(draw("circle", "#4b5563", true), "Hollow: place known only roughly"));
    const children = [list];
    if (data.bands.items.length) {
      const line = { x1: 3, x2: 41, y1: 8, y2: 8, stroke: "#44337a", "stroke-width": 6 };
      const picture = { width: 44, height: 16, "aria-hidden": "true" };
      const hatch = Object.assign({}, line, { "stroke-dasharray": "2 3", "stroke-opacity": 0.8 });
      list.append(entry(dom.svg("svg", picture, [
        dom.svg("line", Object.assign({ "stroke-opacity": 0.25 }, line)), dom.svg("line", hatch),
      ]), "Known only to this stretch, with the number of incidents"));
      if (data.bands.cells.length) {
        list.append(entry(dom.svg("svg", picture, [
          dom.svg("line", Object.assign({ "stroke-opacity": 0.5 }, line)),
        ]), "Known only to longer stretches: the darker, the more of them"));
      }
    }
    return section("Incidents", children);
  }

  function layerSwitches() {
    const list = dom.el("ul", { class: "fg-switches" });
    layers.forEach(function (layer) {
      const box = dom.el("input", { type: "checkbox" });
      box.checked = true;
      box.addEventListener("change", function () {
        if (box.checked) layer.group.addTo(map); else layer.group.remove();
        map.fire("fg:layers");
      });
      list.append(dom.el("li", {}, [dom.el("label", {}, [box, dom.text("span", layer.name)])]));
    });
    return section("Layers", [list]);
  }

  function nowhereList() {
    if (!data.nowhere.length) return null;
    const fold = dom.el("details", { class: "fg-nowhere" }, [
      dom.text("summary", data.nowhere.length + " known only as “the border” or not placed"),
    ].concat(FrontierMap.incidentFolds(data.events, data.nowhere)));
    return section("Not on the map", [fold]);
  }

  function landmarks() {
    if (!data.referents) return null;
    const fold = dom.el("details", {}, [dom.text("summary", data.referents.items.length +
      " landmarks along the border")]);
    const list = dom.el("ul", { class: "fg-plain" });
    data.referents.items.forEach(function (item) {
      list.append(dom.el("li", {}, [dom.text("span", item.name), ": ",
        dom.text("span", item.kind + ", " + item.where)]));
    });
    fold.append(list);
    const sign = FrontierMap.landmarkSign;
    const signs = dom.el("ul", { class: "fg-legend" }, [
      entry(sign("bridge"), "Bridge or ferry"),
      entry(sign("water"), "River mouth, confluence or lake"),
      entry(sign("tripoint"), "Where three countries meet"),
    ]);
    return section("Landmarks", [signs, fold]);
  }

  const aside = dom.el("aside", { class: "fg-panel", id: frame.id + "_panel", "aria-label": "Legend and layers" }, [
    section("What is shown", data.totals.slice(1).map(function (line) { return dom.text("p", line); })),
    ribbonLegend(), incidentLegend(), layerSwitches(), nowhereList(), landmarks(),
    section("About", data.notes.map(function (line) { return dom.text("p", line, "fg-note"); })),
  ]);
  const button = dom.el("button", {
    type: "button", class: "fg-toggle", "aria-expanded": "false", "aria-controls": aside.id,
  });
  button.textContent = "Legend and layers";
  function show(open) {
    frame.classList.toggle("fg-open", open);
    button.setAttribute("aria-expanded", String(open));
    button.textContent = open ? "Close legend" : "Legend and layers";
  }
  button.addEventListener("click", function () { show(!frame.classList.contains("fg-open")); });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && aside.contains(document.activeElement) &&
        frame.classList.contains("fg-open")) {
      show(false);
      button.focus();
    }
  });
  const head = dom.el("header", { class: "fg-head" }, [
    dom.text("h1", data.title), dom.text("p", data.totals[0] || "", "fg-total"), button,
  ]);
  frame.prepend(head);
  frame.append(aside);
  frame.classList.add("fg-paneled");
  map.invalidateSize(false);
};

// A line at the foot of the map that says what the pointer is on; screen readers hear it too.
FrontierMap.hints = function (map) {
  const line = FrontierMap.dom.el("div", { class: "fg-hint", role: "status", dir: "auto" });
  map.getContainer().append(line);
  map.on("fg:hint", function (event) { line.textContent = event.text; });
};

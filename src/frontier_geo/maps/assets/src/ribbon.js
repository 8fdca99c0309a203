// The border, cut into segments, coloured and widened by their class.
FrontierMap.ribbon = function (map, data, decode, popups) {
  const group = L.layerGroup();
  const lines = data.items.map(function (item) { return item.lines.map(decode.parts); });
  const cases = L.svg({ pane: "fg-casing", padding: 0.4 });
  const fills = L.svg({ pane: "fg-ribbon", padding: 0.4 });
  const hits = L.svg({ pane: "fg-hits", padding: 0.4 });

  function under(extra, colour, opacity) {
    data.classes.forEach(function (entry, index) {
      const members = lines.filter(function (_, i) { return data.items[i].class === index; });
      if (!members.length) return;
      group.addLayer(L.polyline([].concat.apply([], members), {
        renderer: cases, pane: "fg-casing", interactive: false, color: colour, opacity: opacity,
        weight: entry.width + extra, lineCap: "round", lineJoin: "round",
      }));
    });
  }
  under(6.5, "#ffffff", 0.85);
  under(2.6, "#2b2f36", 1);

  const things = data.items.map(function (item, index) {
    const entry = data.classes[item.class];
    const colour = L.polyline(lines[index], {
      renderer: fills, pane: "fg-ribbon", interactive: false, color: entry.colour, opacity: 1,
      weight: entry.width, lineCap: "butt", lineJoin: "round", className: "fg-segment",
    });
    const hit = L.polyline(lines[index], {
      renderer: hits, pane: "fg-hits", color: "#0b57d0", opacity: 0, lineCap: "butt",
      weight: Math.max(15, entry.width + 6), className: "fg-hit", bubblingMouseEvents: false,
    });
    group.addLayer(colour).addLayer(hit);
    const longest = lines[index].reduce(function (a, b) { return b.length > a.length ? b : a; }, []);
    const middle = longest[longest.length >> 1];
    const thing = {
      label: item.brief,
      element: function () { return hit.getElement(); },
      place: function () { return middle; },
      open: function (element, place) {
        const sheet = FrontierMap.factSheet(item.heading, item.rows.concat(data.common));
        const outline = L.polyline(lines[index], {
          pane: "fg-hits", interactive: false, color: "#0b57d0", opacity: 0.55,
          weight: entry.width + 9, lineCap: "butt",
        });
        popups.open(place || middle, sheet, item.heading, element, outline);
      },
    };
    hit.on("click", function (event) { thing.open(hit.getElement(), event.latlng); });
    hit.on("mouseover", function () { map.fire("fg:hint", { text: item.brief }); });
    hit.on("mouseout", function () { map.fire("fg:hint", { text: "" }); });
    return thing;
  });
  const pane = map.getPane("fg-hits");
  pane.setAttribute("role", "group");
  pane.setAttribute("aria-label",
    "Border segments from west to east. Arrow keys move along the border, Enter opens.");
  FrontierMap.roving(map, things, group);
  return group;
};

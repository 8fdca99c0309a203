// Quiet fills of the countries and provinces; their edge on the border is the border line itself.
FrontierMap.areas = function (map, data, decode, labels) {
  const group = L.layerGroup();
  const arcs = data.arcs.map(decode.parts);
  const renderer = L.svg({ pane: "fg-areas", padding: 0.4 });

  function ring(numbers) {
    let points = [];
    numbers.forEach(function (number) {
      const arc = number < 0 ? arcs[~number].slice().reverse() : arcs[number];
      points = points.concat(points.length ? arc.slice(1) : arc);
    });
    return points;
  }

  data.items.forEach(function (area) {
    const polygon = L.polygon(
      area.rings.map(function (rings) { return rings.map(ring); }),
      {
        renderer: renderer, pane: "fg-areas", interactive: false, smoothFactor: 1.2,
        className: "fg-area fg-" + area.kind + " fg-in-" + (area.country || "none").toLowerCase(),
      });
    group.addLayer(polygon);
    if (!area.label) return;
    const country = area.kind === "country";
    const name = country ? area.name.toUpperCase() : area.name;
    group.addLayer(labels.add(
      [area.label[1], area.label[0]], name, "fg-name-" + area.kind, country ? 1 : 2));
  });
  return group;
};

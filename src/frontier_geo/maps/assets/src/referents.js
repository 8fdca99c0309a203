// Landmarks along the border: bridges, river mouths, lakes, tripoints.
FrontierMap.landmarkSign = function (mark) {
  const svg = FrontierMap.dom.svg, line = mark === "bridge";
  const paths = {
    bridge: "M-5 -3.5Q-3 -1.5 0 -1.5T5 -3.5M-5 3.5Q-3 1.5 0 1.5T5 3.5",
    tripoint: "M0 -4.5L4.4 3.4H-4.4Z",
    water: "M0 -5C2.6 -1.6 3.6 0 3.6 1.8A3.6 3.6 0 0 1 -3.6 1.8C-3.6 0 -2.6 -1.6 0 -5Z",
  };
  return svg("svg", { viewBox: "-7 -7 14 14", width: 15, height: 15, "aria-hidden": "true" }, [
    svg("circle", { r: 6.4, fill: "#fff", stroke: "#5b6470", "stroke-width": 0.8 }),
    svg("path", {
      d: paths[mark] || paths.water, fill: line ? "none" : "#37618e",
      stroke: line ? "#333a44" : "none", "stroke-width": 1.6,
    }),
  ]);
};

FrontierMap.referents = function (map, data, labels) {
  const group = L.layerGroup();
  data.items.forEach(function (item) {
    const place = [item.at[1], item.at[0]], sign = FrontierMap.landmarkSign(item.mark);
    group.addLayer(L.marker(place, {
      pane: "fg-referents", interactive: false, keyboard: false,
      icon: L.divIcon({ className: "fg-referent", html: sign, iconSize: [15, 15] }),
    }));
    group.addLayer(labels.add(place, item.name, "fg-name-referent", 3,
      ["right", "left", "below", "above"],
      item.mark === "bridge" ? 8 : 7));
  });
  return group;
};

// Build one map: Leaflet's map first, then our layers from the data block beside it.
FrontierMap.start = function (id, options) {
  const frame = document.getElementById(id + "_frame");
  const element = document.getElementById(id);
  const data = JSON.parse(document.getElementById(id + "_data").textContent);
  const map = L.map(id, Object.assign({ preferCanvas: false }, options));
  map.attributionControl.setPrefix(false);
  if (options.zoomPosition) L.control.zoom({ position: options.zoomPosition }).addTo(map);
  if (options.scaleBar) L.control.scale({ imperial: false, maxWidth: 120 }).addTo(map);
  if (!data.border) return map;

  element.setAttribute("role", "region");
  element.setAttribute("aria-label", "Map: " + data.title);
  FrontierMap.makePanes(map);
  const decode = FrontierMap.decoder(data.border);
  const places = data.points.items.map(function (item) { return [item.at[1], item.at[0]]; });
  const busy = decode.line.concat(places, places, places); // a symbol counts three times
  const labels = FrontierMap.labels(map, function () { return busy; });
  const popups = FrontierMap.popups(map);
  const escaper = document.createElement("span"); // Leaflet writes attributions as markup
  escaper.textContent = data.attribution;
  map.attributionControl.addAttribution(escaper.innerHTML);

  const layers = [];
  function add(name, key, group) {
    layers.push({ name: name, group: group });
    group.addTo(map);
    element.dataset["fg" + key] = (data[key.toLowerCase()].items || []).length;
  }
  function build() {
    if (data.areas) add("Countries and provinces", "Areas", FrontierMap.areas(map, data.areas, decode, labels));
    add("Border segments", "Ribbon", FrontierMap.ribbon(map, data.ribbon, decode, popups));
    if (data.bands.items.length) {
      add("Bands: known only to a stretch", "Bands",
        FrontierMap.bands(map, data.bands, data.events, decode, popups));
    }
    if (data.points.items.length) {
      add("Incidents with a point", "Points",
        FrontierMap.incidents(map, data.points, data.events, popups));
    }
    if (data.referents) add("Landmarks", "Referents", FrontierMap.referents(map, data.referents, labels));
  }

  function nearness() {
    element.classList.toggle("fg-near", map.getZoom() >= 9);
    element.classList.toggle("fg-far", map.getZoom() < 7);
  }
  const bounds = L.latLngBounds([data.bounds[0], data.bounds[1]], [data.bounds[2], data.bounds[3]]);
  map.on("zoomend", nearness);
  build();
  FrontierMap.panel(map, frame, data, layers);
  FrontierMap.hints(map);
  map.fitBounds(bounds, { padding: [26, 26], animate: false });
  nearness();
  labels.arrange();
  element.dataset.fgReady = "1";
  return map;
};

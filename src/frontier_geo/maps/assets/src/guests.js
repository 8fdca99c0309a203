// What folium's own classes expect beside Leaflet: pin images, coloured pins, and the two things
// they ask of jQuery (`$(html)[0]` for popups, `$(document).ready`).
(function () {
  L.Icon.Default.imagePath = "";
  L.Icon.Default.mergeOptions(FrontierMap.pinImages);

  if (!window.$) {
    window.$ = function (what) {
      if (what === document) {
        return { ready: function (run) { window.setTimeout(run, 0); } };
      }
      const template = document.createElement("template");
      template.innerHTML = String(what).trim();
      return Array.from(template.content.childNodes);
    };
  }

  const PIN = "M12.5 40C11 30 1 22 1 12.5a11.5 11.5 0 0 1 23 0C24 22 14 30 12.5 40z";
  if (!L.AwesomeMarkers) {
    L.AwesomeMarkers = {
      icon: function (options) {
        const pin = FrontierMap.dom.svg("svg", { width: 25, height: 41, viewBox: "0 0 25 41" }, [
          FrontierMap.dom.svg("path", {
            d: PIN, fill: (options || {}).markerColor || "blue", stroke: "#fff",
          }),
          FrontierMap.dom.svg("circle", { cx: 12.5, cy: 12.5, r: 4, fill: "#fff" }),
        ]);
        return L.divIcon({
          html: pin, className: "fg-pin", iconSize: [25, 41], iconAnchor: [12, 40],
          popupAnchor: [1, -36],
        });
      },
    };
  }
})();

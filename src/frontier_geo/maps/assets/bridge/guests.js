// What folium's own classes expect beside Leaflet: pin images, coloured pins, and the two things
// they ask of jQuery (`$(html)[0]` for popups, `$(document).ready`).
(() => {
  "use strict";
  L.Icon.Default.imagePath = "";
  L.Icon.Default.mergeOptions(window.frontierGeoPins);

  if (!window.$) {
    window.$ = (what) => {
      if (what === document) return { ready: (run) => window.setTimeout(run, 0) };
      const template = document.createElement("template");
      template.innerHTML = String(what).trim();
      return Array.from(template.content.childNodes);
    };
  }

  const SVG = "http://www.w3.org/2000/svg";
  const PIN = "M12.5 40C11 30 1 22 1 12.5a11.5 11.5 0 0 1 23 0C24 22 14 30 12.5 40z";

  const shape = (name, attributes, children = []) => {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };

  if (!L.AwesomeMarkers) {
    L.AwesomeMarkers = {
      icon: (options) => L.divIcon({
        html: shape("svg", { width: 25, height: 41, viewBox: "0 0 25 41" }, [
          shape("path", { d: PIN, fill: (options || {}).markerColor || "blue", stroke: "#fff" }),
          shape("circle", { cx: 12.5, cy: 12.5, r: 4, fill: "#fff" }),
        ]),
        className: "fg-pin",
        iconSize: [25, 41],
        iconAnchor: [12, 40],
        popupAnchor: [1, -36],
      }),
    };
  }
})();

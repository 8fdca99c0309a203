// The shapes of the event types, in a box from -8 to 8.
FrontierMap.symbols = (function () {
  function star(points, outer, inner) {
    const corners = [];
    for (let i = 0; i < points * 2; i += 1) {
      const r = i % 2 ? inner : outer, angle = Math.PI * i / points - Math.PI / 2;
      corners.push((r * Math.cos(angle)).toFixed(2) + " " + (r * Math.sin(angle)).toFixed(2));
    }
    return "M" + corners.join("L") + "Z";
  }

  const PATHS = {
    circle: "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0Z",
    square: "M-5.3 -5.3H5.3V5.3H-5.3Z",
    triangle: "M0 -6.8L6.6 5.2H-6.6Z",
    "triangle-down": "M0 6.8L6.6 -5.2H-6.6Z",
    diamond: "M0 -7.3L6.4 0L0 7.3L-6.4 0Z",
    plus: "M-2.2 -6.5H2.2V-2.2H6.5V2.2H2.2V6.5H-2.2V2.2H-6.5V-2.2H-2.2Z",
    cross: "M-6 -3L-3 -6L0 -3L3 -6L6 -3L3 0L6 3L3 6L0 3L-3 6L-6 3L-3 0Z",
    star: star(5, 7.6, 3.4),
    pentagon: star(5, 6.8, 5.5),
    hexagon: star(6, 6.6, 5.7),
    bar: "M-7 -2.8H7V2.8H-7Z",
    half: "M-6.5 3.5a6.5 6.5 0 0 1 13 0Z",
    several: "M-7 0a7 7 0 1 0 14 0a7 7 0 1 0 -14 0Z",
  };

  // A hollow shape is its outline in its colour on white, so that it stays seen on the ribbon.
  function draw(shape, colour, hollow) {
    const d = PATHS[shape] || PATHS.circle, svg = FrontierMap.dom.svg;
    return svg("svg", { viewBox: "-9 -9 18 18", width: 18, height: 18, "aria-hidden": "true" }, [
      svg("path", { d: d, fill: "none", stroke: "#fff", "stroke-width": 4.4, "stroke-linejoin": "round" }),
      svg("path", { d: d, fill: "none", stroke: "#1d2127", "stroke-width": hollow ? 3.2 : 1.8, "stroke-linejoin": "round" }),
      svg("path", {
        d: d, fill: hollow ? "#fff" : colour, stroke: hollow ? colour : "none",
        "stroke-width": hollow ? 1.9 : 0, "stroke-linejoin": "round",
      }),
    ]);
  }

  return { paths: PATHS, draw: draw };
})();

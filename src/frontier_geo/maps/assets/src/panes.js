// The drawing order, from below, and the border line in degrees.
FrontierMap.PANES = {
  areas: 210, bands: 405, casing: 410, ribbon: 420, hits: 430, referents: 580, incidents: 610,
  labels: 640,
};

FrontierMap.makePanes = function (map) {
  Object.entries(FrontierMap.PANES).forEach(function (pair) {
    map.createPane("fg-" + pair[0]).style.zIndex = pair[1];
  });
  ["fg-areas", "fg-casing", "fg-ribbon", "fg-labels"].forEach(function (name) {
    map.getPane(name).style.pointerEvents = "none";
  });
};

// Turn the border and everything encoded against it back into [latitude, longitude].
FrontierMap.decoder = function (border) {
  function walk(numbers) {
    const points = [];
    let x = 0, y = 0;
    for (let i = 0; i + 1 < numbers.length; i += 2) {
      x += numbers[i];
      y += numbers[i + 1];
      points.push([y / 1e5, x / 1e5]);
    }
    return points;
  }
  const line = walk(border.line);
  let sum = 0;
  const km = border.metres.map(function (m) { sum += m; return sum / 1000; });

  function parts(list) {
    let points = [];
    list.forEach(function (part) {
      if (part[0] === 1) {
        points = points.concat(walk(part.slice(1)));
      } else {
        const from = part[1], to = part[2], step = from <= to ? 1 : -1;
        for (let i = from; i !== to + step; i += step) points.push(line[i]);
      }
    });
    return points;
  }

  // The position at a chainage, between the vertices that hold it.
  function at(chainage) {
    let low = 0, high = km.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (km[middle] <= chainage) low = middle; else high = middle;
    }
    const length = km[high] - km[low] || 1;
    const share = Math.min(1, Math.max(0, (chainage - km[low]) / length));
    return [
      line[low][0] + share * (line[high][0] - line[low][0]),
      line[low][1] + share * (line[high][1] - line[low][1]),
    ];
  }

  function slice(from, to) {
    const between = line.filter(function (_, i) { return km[i] > from && km[i] < to; });
    return [at(from)].concat(between, [at(to)]);
  }

  return { line: line, length: km[km.length - 1], parts: parts, at: at, slice: slice };
};

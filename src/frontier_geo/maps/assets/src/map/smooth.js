/** Smooth copies of the border: for bars and bands, which stand beside it. */

/**
 * Smooth values by three running means, close to a Gaussian of `sigma` samples. The ends are
 * extended by reflection through the end point, so that they stay where they are.
 */
export const smooth = (values, sigma) => {
  const n = values.length;
  if (n < 3 || !(sigma > 0)) return Float64Array.from(values);
  const half = Math.max(1, Math.round((Math.sqrt(4 * sigma * sigma + 1) - 1) / 2));
  const width = 2 * half + 1;
  let from = Float64Array.from(values);
  for (let pass = 0; pass < 3; pass += 1) {
    const sums = new Float64Array(n + 2 * half + 1);
    for (let i = 0; i < n + 2 * half; i += 1) {
      const k = i - half;
      let value = from[k];
      if (k < 0) value = 2 * from[0] - from[Math.min(n - 1, -k)];
      else if (k >= n) value = 2 * from[n - 1] - from[Math.max(0, 2 * n - 2 - k)];
      sums[i + 1] = sums[i] + value;
    }
    const to = new Float64Array(n);
    for (let i = 0; i < n; i += 1) to[i] = (sums[i + width] - sums[i]) / width;
    from = to;
  }
  return from;
};

/**
 * Sample a line every `stepKm` and smooth it: the line at `sigmaKm`, its normals (pointing to the
 * left of increasing chainage) at `normalKm`. World coordinates; `place(km)` → {x, y, nx, ny}.
 */
export const smoothedLine = (border, { stepKm, sigmaKm, normalKm }) => {
  const n = Math.max(3, Math.min(20000, Math.round(border.lengthKm / stepKm) + 1));
  const step = border.lengthKm / (n - 1);
  const rawX = new Float64Array(n);
  const rawY = new Float64Array(n);
  for (let i = 0; i < n; i += 1) [rawX[i], rawY[i]] = border.at(i * step);
  const x = smooth(rawX, sigmaKm / step);
  const y = smooth(rawY, sigmaKm / step);
  const wideX = smooth(rawX, normalKm / step);
  const wideY = smooth(rawY, normalKm / step);
  const nx = new Float64Array(n);
  const ny = new Float64Array(n);
  for (let i = 0; i < n; i += 1) {
    const [a, b] = [Math.max(0, i - 1), Math.min(n - 1, i + 1)];
    const dx = wideX[b] - wideX[a];
    const dy = wideY[b] - wideY[a];
    const size = Math.hypot(dx, dy) || 1;
    nx[i] = dy / size; // y grows southwards: the left of (dx, dy) is (dy, -dx)
    ny[i] = -dx / size;
  }
  const mix = (values, i, share) => values[i] + share * (values[i + 1] - values[i]);
  const place = (km) => {
    const position = Math.min(n - 1, Math.max(0, km / (step || 1)));
    const i = Math.min(n - 2, Math.floor(position));
    const share = position - i;
    const tx = mix(nx, i, share);
    const ty = mix(ny, i, share);
    const size = Math.hypot(tx, ty) || 1;
    return { x: mix(x, i, share), y: mix(y, i, share), nx: tx / size, ny: ty / size };
  };
  return { n, step, x, y, nx, ny, place };
};

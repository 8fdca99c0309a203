import { spotsOf, symbolRadius } from "./points.js";

const CROWD = 50000; // from so many incidents on, spots are two pixels wide: symbols are wider still

/** A sprite as lists of offsets and colours, for writing straight into a picture's pixels. */
const stampOf = (sprite, width) => {
  const { data } = sprite.canvas.getContext("2d").getImageData(0, 0, sprite.size, sprite.size);
  const offset = [];
  const colour = [];
  for (let i = 0; i < sprite.size * sprite.size; i += 1) {
    const alpha = data[4 * i + 3];
    if (alpha < 96) continue; // soft edges are left out: pixels are overwritten, not mixed
    const row = Math.floor(i / sprite.size) - sprite.half;
    offset.push(row * width + (i % sprite.size) - sprite.half);
    colour.push(
      ((alpha < 250 ? alpha : 255) << 24) | (data[4 * i + 2] << 16) | (data[4 * i + 1] << 8) | data[4 * i],
    );
  }
  return { offset: Int32Array.from(offset), colour: Uint32Array.from(colour, (c) => c >>> 0) };
};

/**
 * Write very many incidents into the pixels of a picture of `width` × `height` device pixels.
 * Of those on one spot the newest is drawn. Returns how many symbols were written; `rows` learns between
 * which rows of pixels (the last one not included) they lie.
 */
export const writePixels = (pixels, width, height, view, given) => {
  const { places, columns, visible, stamps, room, rows = {} } = given;
  const { ratio, scale } = view;
  const { list, start, end } = spotsOf(places, visible, view, (places.count < CROWD ? 1 : 2) / ratio, room);
  const kx = scale * ratio;
  const dx = (places.x0 * scale - view.left) * ratio;
  const dy = (places.y0 * scale - view.top) * ratio;
  const { x, y, hollow } = places;
  const edge = stamps.half;
  let drawn = 0;
  let [first, last] = [height, 0];
  for (let i = start; i < end; i += 1) {
    const e = list[i];
    const px = (x[e] * kx + dx) | 0;
    const py = (y[e] * kx + dy) | 0;
    if (px < edge || py < edge || px >= width - edge || py >= height - edge) continue;
    const stamp = stamps.of(columns.type[e], hollow[e]);
    const { offset, colour } = stamp;
    const base = py * width + px;
    for (let k = 0; k < offset.length; k += 1) pixels[base + offset[k]] = colour[k];
    if (py < first) first = py;
    if (py > last) last = py;
    drawn += 1;
  }
  Object.assign(rows, drawn ? { from: first - edge, to: last + edge + 1 } : { from: 0, to: 0 });
  return drawn;
};

/** Draw incidents by their pixels: for more of them than symbols could be drawn one by one. */
export const createPixelPath = (sprites) => {
  let image = null;
  const rows = { from: 0, to: 0 }; // of the image that are not empty
  let room = null;
  let stamps = { stamp: "", half: 0, of: null };

  const stampsFor = (places, view, width) => {
    const radius = symbolRadius(places, view.zoom);
    const stamp = `${radius}/${view.ratio}/${width}`;
    if (stamps.stamp !== stamp) {
      const made = new Map();
      const of = (type, hollow) => {
        const key = 2 * type + hollow;
        let entry = made.get(key);
        if (!entry) {
          entry = stampOf(sprites({ type, hollow: Boolean(hollow) }, radius, view.ratio), width);
          made.set(key, entry);
        }
        return entry;
      };
      stamps = { stamp, half: sprites({ type: 0, hollow: false }, radius, view.ratio).half, of };
    }
    return stamps;
  };

  return (ctx, view, { places, columns, visible }) => {
    const width = Math.round(view.width * view.ratio);
    const height = Math.round(view.height * view.ratio);
    if (!image || image.width !== width || image.height !== height) {
      image = ctx.createImageData(width, height);
      rows.to = 0;
    }
    const pixels = new Uint32Array(image.data.buffer);
    pixels.fill(0, rows.from * width, rows.to * width);
    if (!room || room.length < places.n) room = new Int32Array(places.n);
    const drawn = writePixels(pixels, width, height, view, {
      places,
      columns,
      visible,
      stamps: stampsFor(places, view, width),
      room,
      rows,
    });
    ctx.putImageData(image, 0, 0); // all of it: then the browser need not keep what was there before
    return drawn;
  };
};

import { gunzipSync } from "fflate";

/** The bytes of a packed block: base64 of a gzip stream. */
const packedBytes = (block) => {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(block.textContent);
  const characters = atob(block.textContent);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = characters.charCodeAt(i);
  return bytes;
};

const textNow = (block) => new TextDecoder().decode(gunzipSync(packedBytes(block)));

/** Unpacked by the browser itself: a tenth of the time, but later. */
const textSoon = (block) => {
  const { readable, writable } = new DecompressionStream("gzip");
  const writer = writable.getWriter();
  const written = [writer.write(packedBytes(block)), writer.close()];
  return Promise.all([new Response(readable).text(), ...written]).then(([text]) => text);
};

const put = (block, text) => {
  const element = document.createElement(block.dataset.packed);
  element.textContent = text;
  block.replaceWith(element);
};

/*
 * Put the packed styles and scripts of the page in place, in their order. The page's policy names each
 * of them by its hash, so that no other text can take their place. A page of its own is started
 * afterwards, and need not be unpacked at once; in a page of others the scripts that follow need ours.
 */
const blocks = Array.from(document.querySelectorAll("script[data-packed]"));
const root = document.querySelector(".fg-root[data-alone]");
if (root && typeof DecompressionStream === "function") {
  window.frontierGeoUnpacking = Promise.all(blocks.map(textSoon)).then((texts) => {
    blocks.forEach((block, i) => put(block, texts[i]));
    window.FrontierGeo.startSoon(root.id);
  });
} else {
  for (const block of blocks) put(block, textNow(block));
  if (root) window.FrontierGeo.startSoon(root.id);
}

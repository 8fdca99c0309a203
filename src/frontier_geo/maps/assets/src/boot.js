import { gunzipSync } from "fflate";

/** The text of a packed block: base64 of a gzip stream. */
const unpacked = (block) => {
  const characters = atob(block.textContent);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = characters.charCodeAt(i);
  return new TextDecoder().decode(gunzipSync(bytes));
};

/*
 * Put the packed styles and scripts of the page in place, in their order. The page's policy names each
 * of them by its hash, so that no other text can take their place.
 */
for (const block of document.querySelectorAll("script[data-packed]")) {
  const element = document.createElement(block.dataset.packed);
  element.textContent = unpacked(block);
  block.replaceWith(element);
}

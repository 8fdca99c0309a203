import { gunzipSync, strFromU8 } from "fflate";

/** The text of a packed block: base64 of a gzip stream. */
const unpacked = (block) => {
  const bytes = Uint8Array.from(atob(block.textContent), (character) => character.charCodeAt(0));
  return strFromU8(gunzipSync(bytes));
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

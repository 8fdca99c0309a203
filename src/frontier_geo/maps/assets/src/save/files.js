/** Names of files, and handing a file to the reader. */

const LONGEST = 60; // letters of the name before its end
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/**
 * A file name from a title: letters, digits and hyphens of any script, no path, no control or
 * direction signs, never empty, never a device.
 */
export const fileName = (title, part, ending) => {
  const stem = Array.from(
    String(title || "")
      .normalize("NFC")
      .replace(/[^\p{L}\p{M}\p{N}]+/gu, "-")
      .replace(/^-+|-+$/g, ""),
  )
    .slice(0, LONGEST)
    .join("")
    .replace(/-+$/, "");
  const name = stem && !RESERVED.test(stem) ? stem : `map${stem && `-${stem}`}`;
  return `${name}-${part}.${ending}`;
};

/** Whether the page sits in a frame of no origin, which may keep files from being saved without a word. */
export const inClosedFrame = (view = window) => {
  try {
    return view.parent !== view && view.origin === "null";
  } catch {
    return true;
  }
};

/** Offer a blob as a file. */
export const offer = (blob, name) => {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
};

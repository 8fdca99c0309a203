/** The link to the view as it is. */

/** The address of this page with its view; null where it has none of its own. */
export const viewAddress = (place = window.location) =>
  /^(https?|file):$/.test(place.protocol) ? place.href : null;

const copyBySelection = (content) => {
  const area = document.createElement("textarea");
  area.value = content;
  area.className = "fg-hidden";
  const focused = document.activeElement;
  document.body.append(area);
  area.select();
  let done = false;
  try {
    done = document.execCommand("copy");
  } catch {
    done = false;
  }
  area.remove();
  if (focused && focused.focus) focused.focus();
  return done;
};

/** Copy a text; whether it worked. */
export const copyText = async (content) => {
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(content);
      return true;
    }
  } catch {
    // Not allowed here: the older way may be.
  }
  return copyBySelection(content);
};

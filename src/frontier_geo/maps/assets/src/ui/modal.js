// What lies over the rest of the page: the rest is inert, Tab stays inside, Esc gives the focus back.

const FOCUSABLE =
  "a[href], button:not([disabled]), input:not([disabled]), select, textarea, summary, [tabindex='0']";

const seen = (element) =>
  element.getClientRects().length > 0 && getComputedStyle(element).visibility !== "hidden";

/** What Tab reaches inside an element, in order. */
export const stops = (element) => [...element.querySelectorAll(FOCUSABLE)].filter(seen);

/** Make all that stands beside `element` in the root inert; returns a function that undoes it. */
const muffle = (root, element, spared) => {
  const others = [...root.children].filter(
    (child) => child !== element && !child.contains(element) && !spared.includes(child) && !child.inert,
  );
  for (const other of others) {
    other.inert = true;
    other.setAttribute("inert", "");
  }
  return () => {
    for (const other of others) {
      other.inert = false;
      other.removeAttribute("inert");
    }
  };
};

/** Open and close `element` as a modal of `root`. `spared` stays alive: the line that is read aloud. */
export const createModal = (root, element, { onClose, spared = [] }) => {
  let release = null;
  let opener = null;

  const keys = (event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      onClose();
      return;
    }
    if (event.key !== "Tab") return;
    const all = stops(element);
    const edge = event.shiftKey ? all[0] : all[all.length - 1];
    if (document.activeElement === edge || (event.shiftKey && document.activeElement === element)) {
      event.preventDefault();
      (event.shiftKey ? all[all.length - 1] : all[0]).focus();
    }
  };

  return {
    get open() {
      return release !== null;
    },
    show(first) {
      if (release) return;
      opener = document.activeElement;
      release = muffle(root, element, spared);
      element.addEventListener("keydown", keys);
      (first || stops(element)[0] || element).focus({ preventScroll: true });
    },
    hide(giveBack = true) {
      if (!release) return;
      release();
      release = null;
      element.removeEventListener("keydown", keys);
      if (giveBack && opener && opener.isConnected) opener.focus({ preventScroll: true });
      opener = null;
    },
  };
};

/** A small sheet beside what the pointer or the keyboard is at. Screen readers hear the slider instead. */

const EDGE = 4; // px kept free at the sides

export const createTip = (host) => {
  const element = document.createElement("div");
  element.className = "fg-tip";
  element.setAttribute("aria-hidden", "true");
  element.hidden = true;
  host.append(element);
  let shown = "";
  /** Show lines beside x, on the side of the plot that has more room. */
  const show = (lines, x, frame) => {
    const said = lines.join("\n");
    if (said !== shown) {
      shown = said;
      element.textContent = "";
      lines.forEach((line, i) => {
        const row = document.createElement(i ? "span" : "strong");
        row.dir = "auto";
        row.textContent = line;
        element.append(row);
      });
    }
    element.hidden = false;
    const width = element.offsetWidth;
    const right = x + 12 + width <= frame.width - EDGE;
    const left = right ? x + 12 : Math.max(EDGE, x - 12 - width);
    element.style.transform = `translate(${Math.round(left)}px, ${Math.round(frame.plot.top)}px)`;
  };
  const hide = () => {
    element.hidden = true;
  };
  return { element, show, hide };
};

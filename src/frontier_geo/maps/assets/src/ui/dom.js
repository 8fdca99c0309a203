// Making elements. Text becomes textContent only, isolated in its own direction.

const fill = (element, attributes = {}, children = []) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
  return element;
};

/** An element with attributes and children; children that are missing are left out. */
export const el = (tag, attributes, children) => fill(document.createElement(tag), attributes, children);

/** An element that holds one text. Its direction is that of the text. */
export const text = (tag, content, className) => {
  const element = el(tag, { class: className, dir: "auto" });
  element.textContent = content;
  return element;
};

/** An item of a list: its sign stands on the side of the page, its text has its own direction. */
export const item = (content) => el("li", {}, [text("span", content)]);

/** A number in a column: it stands on the side of the page, whatever its digits are. */
export const count = (content, tag = "span") => {
  const element = el(tag, { class: "fg-number" });
  element.textContent = content;
  return element;
};

/** Take everything out of an element, put new things in. */
export const clear = (element, ...children) => {
  element.textContent = "";
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
};

/** The address if it may be clicked, else null: http and https only, no control characters. */
export const safeAddress = (address) => {
  const given = String(address ?? "");
  return /^https?:\/\/[^\s\u0000-\u001f"'<>`\\]+$/i.test(given) ? given : null;
};

/** A link that opens elsewhere, or plain text where the address may not be clicked. */
export const link = (address, label, className) => {
  const safe = safeAddress(address);
  const anchor = text(safe ? "a" : "span", label, className);
  if (safe) fill(anchor, { href: safe, target: "_blank", rel: "noopener noreferrer" });
  return anchor;
};

/** A button; `press` runs on click, Enter and Space. */
export const button = (label, className, press, attributes = {}) => {
  const element = el("button", { type: "button", class: className, ...attributes });
  if (label !== null) element.textContent = label;
  element.addEventListener("click", press);
  return element;
};

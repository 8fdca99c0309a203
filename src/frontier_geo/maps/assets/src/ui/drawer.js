// The panel as a drawer on narrow roots: a button opens it, Esc or its own button closes it.
import { button } from "./dom.js";
import { createModal } from "./modal.js";

/** Make the drawer. `toggle` is the button of the header; returns {close}. */
export const createDrawer = (app, shell, toggle, live) => {
  const { store, words } = app;
  const { root, panel } = shell;
  const narrow = () => root.classList.contains("fg-narrow");
  const close = button("×", "fg-button fg-drawer-close", () => store.set({ drawer: false }));
  const modal = createModal(root, panel, { onClose: () => store.set({ drawer: false }), spared: [live] });
  panel.prepend(close);

  const label = () => {
    close.setAttribute("aria-label", words.t("header.close_panel"));
    toggle.textContent = words.t("header.panel");
  };

  /** Drawer as the state says it, as far as the root is narrow; on wide roots the panel just stands. */
  const update = () => {
    const open = narrow() && Boolean(store.get().drawer);
    root.classList.toggle("fg-drawer-open", open);
    toggle.setAttribute("aria-expanded", String(open));
    if (narrow() && open) {
      panel.setAttribute("role", "dialog");
      panel.setAttribute("aria-modal", "true");
    } else {
      panel.removeAttribute("role");
      panel.removeAttribute("aria-modal");
    }
    if (open) modal.show(close);
    else modal.hide(narrow());
  };

  toggle.setAttribute("aria-controls", panel.id);
  toggle.addEventListener("click", () => store.set({ drawer: !store.get().drawer }));
  store.on(["drawer"], update);
  store.on(["lang"], label);
  if (typeof MutationObserver === "function") {
    let before = narrow();
    new MutationObserver(() => {
      if (narrow() !== before) {
        before = narrow();
        update();
      }
    }).observe(root, { attributes: true, attributeFilter: ["class"] });
  }
  label();
  update();
  return { close: () => store.set({ drawer: false }) };
};

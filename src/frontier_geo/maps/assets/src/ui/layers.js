// Switches of the layers of the map.
import { clear, el, text } from "./dom.js";

/** Which layers does this page have? Online tiles only where the page was made with them. */
export const layerNames = (data, basemap = true) => {
  const names = [];
  if (basemap) names.push("basemap", "relief");
  if (data.areas && (data.areas.items || []).length) names.push("areas");
  if (data.segments.id.length) names.push("ribbon");
  if (data.stretches.length) names.push("stretches");
  if (data.n) names.push("incidents");
  if (data.referents.length) names.push("landmarks");
  if (data.tiles) names.push("tiles");
  return names;
};

export const createLayers = (app, host) => {
  const { store, words, data } = app;
  const title = text("h2", "");
  const names = layerNames(data, Boolean(document.getElementById(`${app.root.id}-basemap`)));
  const rows = names.map((name) => {
    const box = el("input", { type: "checkbox" });
    const label = text("span", "", "fg-check-name");
    box.addEventListener("change", () =>
      store.set({ layers: { ...store.get().layers, [name]: box.checked } }),
    );
    return { name, box, label, item: el("li", {}, [el("label", { class: "fg-check" }, [box, label])]) };
  });
  const update = () => {
    for (const row of rows) row.box.checked = Boolean(store.get().layers[row.name]);
  };
  const label = () => {
    title.textContent = words.t("layer.title");
    for (const row of rows) {
      const tiles = row.name === "tiles";
      row.label.textContent = words.t(`layer.${row.name}`, tiles ? { host: data.tiles.host } : {});
    }
  };
  const relief = rows.find(({ name }) => name === "relief");
  // Only the map knows, once it has read its ground, whether there is any.
  if (relief)
    Promise.resolve(app.map.ready).then(() => {
      relief.item.hidden = !app.map.hasRelief;
    });
  const list = clear(el("ul", { class: "fg-plain" }), ...rows.map((row) => row.item));
  host.append(el("section", { class: "fg-section" }, [title, list]));
  store.on(["layers"], update);
  store.on(["lang"], label);
  label();
  update();
};

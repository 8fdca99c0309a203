/** Saving the view: as a picture, as a table, as a link, on paper. */
import { el, text } from "../ui/dom.js";
import { inClosedFrame, fileName, offer } from "./files.js";
import { copyText, viewAddress } from "./link.js";
import { pictureBlob } from "./picture.js";
import { createPrinting } from "./print.js";
import { tableParts } from "./table.js";

const ACTIONS = ["picture", "table", "link", "print"];
const LONGEST_TEXT = 2_000_000; // letters of a table shown as text where no file can be saved

/** Fill `host` with the buttons. */
export const createSave = (app, host) => {
  const { store, words, data } = app;
  const printing = createPrinting(app);
  const status = el("p", { class: "fg-save-status", role: "status" });
  const below = el("div", { class: "fg-save-below" });
  const say = (said) => {
    status.dir = "auto";
    status.textContent = said;
  };
  const clearBelow = () => {
    below.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
    below.replaceChildren();
  };

  const field = (content, label, rows) => {
    const area = el(rows > 1 ? "textarea" : "input", {
      "readonly": "",
      "class": "fg-save-text",
      "aria-label": label,
      "dir": "ltr",
    });
    if (rows > 1) area.rows = rows;
    area.value = content;
    below.append(area);
    area.focus();
    area.select();
  };
  const picture = async () => {
    say(words.t("save.working"));
    const blob = await pictureBlob(app);
    const name = fileName(data.title, "map", "png");
    offer(blob, name);
    if (!inClosedFrame()) return say(words.t("save.picture_done", { name }));
    const image = el("img", { alt: words.t("save.picture_name"), class: "fg-save-picture" });
    image.src = URL.createObjectURL(blob);
    below.append(image);
    return say(words.t("save.frame_picture"));
  };
  const table = async () => {
    const { result } = store.get();
    if (!result || !result.count) return say(words.t("save.table_empty"));
    say(words.t("save.working"));
    const { parts, count } = await tableParts(app, result.visible);
    const blob = new Blob(parts, { type: "text/csv;charset=utf-8" });
    const name = fileName(data.title, "incidents", "csv");
    offer(blob, name);
    if (!inClosedFrame()) return say(words.t("save.table_done", { n: count, name }));
    say(words.t("save.frame_table"));
    return field(parts.join("").slice(1, LONGEST_TEXT), words.t("save.table_text"), 8);
  };
  const link = async () => {
    if (app.address) app.address.flush();
    const address = viewAddress();
    if (!address) return say(words.t("save.link_none"));
    if (await copyText(address)) return say(words.t("save.link_done"));
    say(words.t("save.link_by_hand"));
    return field(address, words.t("save.link"), 1);
  };
  const acts = { picture, table, link, print: printing.print };

  let busy = false;
  const run = async (action) => {
    if (busy) return;
    busy = true;
    clearBelow();
    say("");
    try {
      await acts[action]();
    } catch (error) {
      console.error(error);
      say(words.t("save.failed"));
    } finally {
      busy = false;
    }
  };
  const buttons = ACTIONS.map((action) => {
    const button = el("button", { type: "button" });
    button.addEventListener("click", () => run(action));
    return { action, button };
  });
  host.append(
    el(
      "div",
      { class: "fg-save-buttons" },
      buttons.map(({ button }) => button),
    ),
    status,
    below,
  );
  const relabel = () => {
    for (const { action, button } of buttons) button.textContent = words.t(`save.${action}`);
    say("");
    clearBelow();
  };
  const off = store.on(["lang"], relabel);
  relabel();
  return {
    destroy: () => {
      off();
      printing.stop();
    },
  };
};

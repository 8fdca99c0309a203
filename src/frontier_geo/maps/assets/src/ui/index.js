// The words around the map: header, panel, table, sheets and help.
import { createAnnouncer } from "./announce.js";
import { basisTexts, filterTexts } from "./basis.js";
import { el } from "./dom.js";
import { createDrawer } from "./drawer.js";
import { createHeader } from "./header.js";
import { createHelp } from "./help.js";
import { dressRegions } from "./layout.js";
import { createPanel } from "./panel.js";
import { createPrintTable } from "./print_table.js";
import { createSheets } from "./sheets.js";

/** Build all of it around the regions of `shell`; sets and returns `app.ui`. */
export const createUi = (app, shell) => {
  const { store } = app;
  const live = el("p", { class: "fg-live", role: "status", "aria-live": "polite" });
  shell.root.append(live);
  dressRegions(app, shell);
  const toggle = createHeader(app, shell.header);
  const panel = createPanel(app, shell);
  const drawer = createDrawer(app, shell, toggle, live);
  createHelp(app, shell, live);
  const print = createPrintTable(app, panel.table);
  shell.skip.addEventListener("click", (event) => {
    event.preventDefault();
    panel.show("incidents", true);
  });
  app.ui = {
    sheet: createSheets(app),
    announce: createAnnouncer(app, live),
    closeDrawer: drawer.close,
    openHelp: () => store.set({ help: true }),
    show: panel.show,
    printTable: print.draw,
    preparePrint: print.prepare,
    filterText: () => filterTexts(app, store.get()).join(" "),
    basisText: () => basisTexts(app, store.get()).join(" "),
  };
  return app.ui;
};

// Start the page: read the data blocks, make the parts, keep the results in step with the filters.
import { createChart } from "./chart/chart.js";
import { createTime } from "./chart/time.js";
import { readColumns } from "./data/columns.js";
import { fold } from "./data/fold.js";
import { edgeMetres } from "./data/line.js";
import { createTexts } from "./data/texts.js";
import { dataBlocks } from "./data/unpack.js";
import { createMap } from "./map/map.js";
import { createSave } from "./save/save.js";
import { failWith } from "./state/failure.js";
import { readHash } from "./state/hash.js";
import { initialState } from "./state/initial.js";
import { currentHash, linkHash } from "./state/link.js";
import { keepFound, keepResult } from "./state/results.js";
import { createStore } from "./state/store.js";
import { createModel } from "./stats/model.js";
import { createUi } from "./ui/index.js";
import { createShell } from "./ui/layout.js";
import { createWords } from "./words/words.js";

const frame = () =>
  new Promise((done) => {
    const timer = setTimeout(done, 250); // no frames are drawn in a tab that is not seen
    requestAnimationFrame(() => {
      clearTimeout(timer);
      done();
    });
  });

/** The language that a reader chose, else that of the root element, else that of the data. */
const firstLanguage = (root, head, catalogues) =>
  [root.dataset.language, head.language, "en"].find((lang) => lang && catalogues[lang]) || "en";

const makeWords = (app, catalogues) =>
  createWords({
    catalogues,
    names: app.data.names,
    boundary: app.data.boundary,
    lang: app.store.get().lang,
    onMissing: (key, lang, count) => {
      app.root.dataset.missing = String(count);
    },
  });

/** What is there before any large block is read: head, words and the state. */
const begin = (app) => {
  const catalogues = app.blocks.jsonNow("words");
  app.words = createWords({ catalogues, lang: app.root.dataset.language }); // to say so if the rest fails
  const head = app.blocks.jsonNow("data");
  const lang = firstLanguage(app.root, head, catalogues);
  const initial = { ...initialState(head.options), lang };
  head.boundary.metres = edgeMetres(head.boundary);
  app.data = head;
  app.store = createStore({ ...initial, ...readHash(currentHash(), head, initial) });
  app.words = makeWords(app, catalogues);
  app.store.derive(["lang"], ({ lang: chosen }) => app.words.set(chosen));
  return { initial, catalogues };
};

/** By which words a search finds incidents of a type: those of all languages of the page. */
const typeWords = ({ data, columns }, catalogues) => {
  const texts = data.types.map(({ key }) =>
    fold([key, ...Object.values(catalogues).map((words) => words[`type.${key}`] || "")].join(" ")),
  );
  return (i) => texts[columns.type[i]] || "";
};

const readData = async (app, catalogues) => {
  const { data: head, words, blocks } = app;
  app.columns = readColumns(head, await blocks.block("arrays"));
  app.model = createModel(head, app.columns, words.years);
  const readChunk = (number) => blocks.json(`text-${number}`);
  app.texts = createTexts(head, readChunk, typeWords(app, catalogues));
};

const finish = async (app, shell, { initial, catalogues }) => {
  await readData(app, catalogues);
  keepFound(app, (error) => failWith(app, error));
  keepResult(app);
  createUi(app, shell);
  createChart(app, shell.chart);
  createTime(app, shell.time);
  createSave(app, shell.save);
  await app.map.ready;
  await frame();
  await frame();
  const goTo = (view) => app.map.leaflet.setView([view.lat, view.lon], view.zoom);
  if (app.data.options.hash !== false)
    app.address = linkHash({ store: app.store, head: app.data, initial, goTo });
  app.root.dataset.ready = "1";
};

/**
 * Build the page in the element `rootId` from the data blocks beside it. Leaflet's map is made and
 * returned at once (with `options.leaflet`); the rest follows, and then `data-ready` is "1" on the root.
 */
export const start = (rootId, options = {}) => {
  const root = document.getElementById(rootId);
  if (!root) throw new Error(`The page has no element "${rootId}".`);
  const blocks = dataBlocks(rootId);
  const app = { root, blocks, block: blocks.block, json: blocks.json, columns: null, ui: {} };
  root.frontierGeo = app;
  const shell = createShell(root);
  try {
    const first = begin(app);
    app.map = createMap(app, shell.map, { leaflet: options.leaflet || {} });
    finish(app, shell, first).catch((error) => failWith(app, error));
    return app.map.leaflet;
  } catch (error) {
    failWith(app, error);
    return null;
  }
};

// Start the page: read the data blocks, make the parts, keep the results in step with the filters.
import { createChart } from "./chart/chart.js";
import { createTime } from "./chart/time.js";
import { numbers, readColumns } from "./data/columns.js";
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

/** Done when the next frame has been painted: a message sent while it is made arrives afterwards. */
const painted = () =>
  new Promise((done) => {
    const timer = setTimeout(done, 250); // no frames are drawn in a tab that is not seen
    requestAnimationFrame(() => {
      clearTimeout(timer);
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        done();
      };
      port2.postMessage(0);
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

/** The words in which to say so if the rest fails. */
const firstWords = (app, catalogues) => {
  app.words = createWords({ catalogues, lang: app.root.dataset.language });
  return catalogues;
};

/** What is there before any large block is read: head, words and the state. */
const begin = (app, catalogues, head) => {
  const lang = firstLanguage(app.root, head, catalogues);
  const initial = { ...initialState(head.options), lang };
  head.boundary.metres = edgeMetres(head.boundary);
  head.rates.breaks = [...numbers(head.rates.breaks, head.rates.breaks.length)];
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
  app.columns = readColumns(head, await app.arrays);
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
  await app.map.show();
  await painted();
  const goTo = (view) => app.map.leaflet.setView([view.lat, view.lon], view.zoom);
  if (app.data.options.hash !== false)
    app.address = linkHash({ store: app.store, head: app.data, initial, goTo });
  app.root.dataset.ready = "1";
};

const prepare = (rootId) => {
  const root = document.getElementById(rootId);
  if (!root) throw new Error(`The page has no element "${rootId}".`);
  const blocks = dataBlocks(rootId);
  const app = { root, blocks, block: blocks.block, json: blocks.json, columns: null, ui: {} };
  root.frontierGeo = app;
  return { app, shell: createShell(root) };
};

const MANY = 100000; // to read more incidents than this takes so long that the map is shown before

/** Make the map; all else follows. */
const build = (app, shell, first, options) => {
  app.map = createMap(app, shell.map, { leaflet: options.leaflet || {} });
  if (app.data.n > MANY) app.map.show().catch(() => {}); // the last step hears of it again
  finish(app, shell, first).catch((error) => failWith(app, error));
  return app.map.leaflet;
};

/** Begin to unpack a block that is needed later. */
const soon = (reading) => {
  reading.catch(() => {}); // whoever waits for it hears of it
  return reading;
};

const unpackLarge = (app) => {
  app.basemap = soon(app.json("basemap"));
  app.arrays = soon(app.block("arrays"));
};

/**
 * Build the page in the element `rootId` from the data blocks beside it. Leaflet's map is made and
 * returned at once (with `options.leaflet`); the rest follows, and then `data-ready` is "1" on the root.
 */
export const start = (rootId, options = {}) => {
  const { app, shell } = prepare(rootId);
  try {
    const catalogues = firstWords(app, app.blocks.jsonNow("words"));
    const first = begin(app, catalogues, app.blocks.jsonNow("data"));
    unpackLarge(app);
    return build(app, shell, first, options);
  } catch (error) {
    failWith(app, error);
    return null;
  }
};

/** As `start`, for a page of its own, where the map may come later: the browser unpacks all of it. */
export const startSoon = async (rootId) => {
  const { app, shell } = prepare(rootId);
  try {
    const [words, head] = ["words", "data"].map((name) => soon(app.blocks.jsonSoon(name)));
    unpackLarge(app);
    const catalogues = firstWords(app, await words);
    build(app, shell, begin(app, catalogues, await head), {});
  } catch (error) {
    failWith(app, error);
  }
};

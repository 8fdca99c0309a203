import { groupsOf } from "./points.js";
import { createWalk } from "./keys.js";

const EVERYWHERE = { x: (x) => x, y: (y) => y, holds: () => true };

/** Places with incidents that are shown, from west to east, as picks. */
export const incidentList = (scene) => {
  if (!scene.places || !scene.visible || !scene.layers.incidents) return [];
  const { columns } = scene;
  const groups = groupsOf(scene.places, columns, scene.visible, EVERYWHERE);
  const km = (group) => {
    const metres = columns.chainage[group.ids[0]];
    return metres < 0 ? Infinity : metres;
  };
  return groups
    .sort((a, b) => km(a) - km(b) || a.x - b.x)
    .map(({ ids }) =>
      ids.length === 1 ? { kind: "incident", id: ids[0] } : { kind: "incidents", ids: ids.reverse() },
    );
};

/** Bands with incidents, from west to east, as picks. */
export const stretchList = (scene, counts) => {
  if (!counts || !scene.layers.stretches) return [];
  const { stretches, cells = [] } = scene.head;
  const single = stretches
    .map((item, id) => ({ item, pick: { kind: "stretch", id }, count: counts[id] }))
    .filter(({ item }) => item.lane !== null);
  const outer = cells.map((item, id) => ({
    item,
    pick: { kind: "cell", id },
    count: item.stretches.reduce((sum, s) => sum + counts[s], 0),
  }));
  return [...single, ...outer]
    .filter(({ count }) => count > 0)
    .sort((a, b) => a.item.from - b.item.from || a.item.to - b.item.to)
    .map(({ pick }) => pick);
};

/** The two stops of the keyboard on the map: incidents with a place, and stretches. */
export const createWalks = (app, leaflet, { scene, anchor, describe }) => {
  const place = (pick) => anchor(pick).latlng;
  const counts = () => app.store.get().result?.stretchCounts;
  const points = createWalk(app, leaflet, {
    name: "incidents",
    label: "map.walk_incidents",
    place,
    describe,
    list: () => incidentList(scene),
  });
  const stretches = createWalk(app, leaflet, {
    name: "stretches",
    label: "map.walk_stretches",
    place,
    describe,
    list: () => stretchList(scene, counts()),
  });
  const renew = () => {
    points.renew();
    stretches.renew();
    points.hide(!scene.layers.incidents || !scene.places?.count);
    stretches.hide(!scene.layers.stretches || !scene.head.stretches.length);
  };
  renew();
  return {
    renew,
    focus: (pick, same) => {
      if (pick.kind === "stretch" || pick.kind === "cell") stretches.focus((item) => same(item, pick));
      else if (pick.kind.startsWith("incident")) {
        const id = pick.kind === "incident" ? pick.id : pick.ids[0];
        points.focus((item) => (item.kind === "incident" ? item.id === id : item.ids.includes(id)));
      } else leaflet.getContainer().focus({ preventScroll: true });
    },
  };
};

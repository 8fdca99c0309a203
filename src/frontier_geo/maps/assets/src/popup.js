// One popup for all of our layers: opened by mouse or keyboard, closed by Esc, focus given back.
FrontierMap.popups = function (map) {
  let opener = null;
  let extras = null; // what is drawn only while the popup is open

  function open(place, content, label, from, drawn) {
    const size = map.getSize();
    map.closePopup();
    const popup = L.popup({
      maxWidth: Math.min(380, size.x - 50), minWidth: Math.min(250, size.x - 60),
      className: "fg-popup", autoPanPaddingTopLeft: [size.x > 700 ? 56 : 12, 12],
      autoPanPaddingBottomRight: [12, 12],
    });
    content.setAttribute("tabindex", "-1");
    content.classList.add("fg-scroll");
    content.style.maxHeight = Math.max(140, Math.round(size.y * 0.62)) + "px";
    popup.setLatLng(place).setContent(content).openOn(map);
    opener = from;
    extras = drawn ? drawn.addTo(map) : null;
    const frame = popup.getElement();
    frame.setAttribute("role", "dialog");
    frame.setAttribute("aria-label", label);
    frame.addEventListener("toggle", keepInside, true); // a fold was opened
    map.getContainer().classList.add("fg-popup-open");
    content.focus({ preventScroll: true });
  }

  function keepInside(event) {
    const frame = event.currentTarget;
    window.setTimeout(function () { // once the fold has its content
      if (!frame.isConnected) return;
      map.stop(); // the move that showed the popup may still be under way
      const edge = map.getContainer().getBoundingClientRect().top + 12;
      const over = edge - frame.getBoundingClientRect().top;
      if (over > 0) map.panBy([0, -over], { animate: false });
    }, 0);
  }

  map.on("popupclose", function (event) {
    if (!event.popup.getElement().classList.contains("fg-popup")) return;
    map.getContainer().classList.remove("fg-popup-open");
    if (extras) extras.remove();
    const inside = event.popup.getElement().contains(document.activeElement);
    if (opener && (inside || document.activeElement === document.body)) {
      opener.focus({ preventScroll: true });
    }
    opener = extras = null;
  });

  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && opener) {
      event.preventDefault();
      map.closePopup();
    }
  });

  function show(drawn) {
    if (extras) extras.remove();
    extras = drawn.addTo(map);
  }

  return { open: open, show: show };
};

// A heading and a list of terms with what they say.
FrontierMap.factSheet = function (heading, rows, className) {
  const dom = FrontierMap.dom;
  const list = dom.el("dl", { class: "fg-facts" });
  rows.forEach(function (row) {
    list.append(dom.text("dt", row[0]), dom.text("dd", row[1]));
  });
  return dom.el("article", { class: "fg-sheet " + (className || "") }, [
    dom.text("h2", heading), list,
  ]);
};

// What is known of one incident.
FrontierMap.incidentSheet = function (events, index) {
  const dom = FrontierMap.dom, event = events.items[index];
  const rows = [["When", event.when], ["Where", event.where]].concat(
    event.rows.map(function (row) { return [events.terms[row[0]], row[1]]; }));
  const sheet = FrontierMap.factSheet(event.type, rows);
  if (event.summary) sheet.querySelector("h2").after(dom.text("p", event.summary, "fg-summary"));
  const sources = dom.el("ul", { class: "fg-sources" });
  event.links.forEach(function (link) {
    const item = dom.el("li", {}, [dom.link(link[0], link[1])]);
    if (link[2]) item.append(dom.text("span", " " + link[2]));
    sources.append(item);
  });
  event.others.forEach(function (source) { sources.append(dom.text("li", source)); });
  if (sources.children.length) {
    sheet.lastChild.append(dom.text("dt", "Sources"), dom.el("dd", {}, [sources]));
  }
  return sheet;
};

// Several incidents: each folds open by itself, so that a long list stays readable.
FrontierMap.incidentFolds = function (events, indexes) {
  const dom = FrontierMap.dom;
  return indexes.map(function (index) {
    const event = events.items[index];
    const head = dom.el("summary", {}, [
      dom.text("b", event.type), ", ", dom.text("span", event.when), ": ",
      dom.text("span", event.where),
    ]);
    const fold = dom.el("details", { class: "fg-incident" }, [head]);
    fold.addEventListener("toggle", function () {
      if (fold.open && fold.children.length === 1) {
        fold.append(FrontierMap.incidentSheet(events, index));
      }
    });
    return fold;
  });
};

FrontierMap.incidentList = function (events, indexes, heading, note) {
  const dom = FrontierMap.dom;
  const box = dom.el("div", { class: "fg-many" }, [
    dom.text("h2", heading), note ? dom.text("p", note, "fg-note") : null,
  ]);
  const folds = FrontierMap.incidentFolds(events, indexes);
  if (folds.length === 1) folds[0].open = true;
  box.append.apply(box, folds);
  return box;
};

// Making elements. Text only ever becomes textContent, isolated in its own direction.
FrontierMap.dom = (function () {
  const SVG = "http://www.w3.org/2000/svg";

  function fill(element, attributes, children) {
    Object.entries(attributes || {}).forEach(function (pair) {
      if (pair[1] !== null && pair[1] !== undefined) element.setAttribute(pair[0], pair[1]);
    });
    (children || []).forEach(function (child) { if (child) element.append(child); });
    return element;
  }

  function el(tag, attributes, children) {
    return fill(document.createElement(tag), attributes, children);
  }

  function svg(tag, attributes, children) {
    return fill(document.createElementNS(SVG, tag), attributes, children);
  }

  function text(tag, content, className) {
    const element = el(tag, { class: className, dir: "auto" });
    element.textContent = content;
    return element;
  }

  function link(address, host) {
    const url = /^https?:\/\//i.test(address) ? address : null; // checked in Python already
    const anchor = text(url ? "a" : "span", host);
    if (url) fill(anchor, { href: url, target: "_blank", rel: "noopener noreferrer" });
    return anchor;
  }

  return { el: el, svg: svg, text: text, link: link };
})();

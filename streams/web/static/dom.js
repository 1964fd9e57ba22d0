// The little DOM helper of the page. Text from data only ever becomes text nodes.

/** An element: `h("p", {class: "x", data: {n: 3}}, "text", child)`; null children are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "data") Object.assign(element.dataset, value);
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(element.style, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Chinese with its English beside it. */
export const both = (zh, en) => [zh, " ", h("small", { lang: "en" }, en)];

/** Replace the text only where it changed, so that nothing flickers or loses its selection. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

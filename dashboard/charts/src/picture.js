// An SVG of the page as a file of its own: tokens become colours, and if asked, pixels.

import { token } from "./theme.js";

/** What the page's style sheet says about a drawing, as attributes that every viewer knows. */
const LOOKS = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "opacity", "visibility",
  "font-size", "font-weight", "text-anchor", "dominant-baseline",
];

/** Writes the looks of an element, and of all that is in it, into its copy. */
function dress(element, copy) {
  const looks = getComputedStyle(element);
  for (const name of LOOKS) copy.setAttribute(name, looks.getPropertyValue(name));
  if (looks.display === "none") copy.setAttribute("display", "none");
  [...element.children].forEach((child, place) => dress(child, copy.children[place]));
}

/** The text of an SVG element that no longer needs the page's style sheet. */
export function standalone(element) {
  const copy = element.cloneNode(true);
  dress(element, copy);
  const { width, height } = element.getBoundingClientRect();
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(Math.max(1, Math.round(width))));
  copy.setAttribute("height", String(Math.max(1, Math.round(height))));
  copy.setAttribute("font-family", token("--font-num"));
  const sheet = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of [["width", "100%"], ["height", "100%"], ["fill", token("--sheet")]]) sheet.setAttribute(name, value);
  copy.prepend(sheet);
  return new XMLSerializer().serializeToString(copy).replace(/var\((--[\w-]+)\)/g, (_, name) => token(name));
}

/** Paints an SVG text at `scale` times its size. */
export async function png(svg, scale) {
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(image.width * scale));
    canvas.height = Math.max(1, Math.round(image.height * scale));
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done, failed) =>
      canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("The picture is too large."))), "image/png"),
    );
  } finally {
    URL.revokeObjectURL(url);
  }
}

// The way to the chart libraries, which lie beside the page and are fetched when the first chart is shown.

let loading;

// A built page says where they lie: under a name of their own, so that no page meets the charts of another build.
const place = document.querySelector("meta[name=charts]")?.content ?? "charts/index.js";

/** The module that knows the libraries; a failed attempt is made again when the next chart is shown. */
function charts() {
  loading ??= import(new URL(place, document.baseURI).href).catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** Draws a specification into an element with one of the libraries. */
export async function mount(library, element, option, tell) {
  const load = (await charts()).library[library];
  const { mount } = await load();
  return mount(element, JSON.parse(option), tell);
}

/** An SVG element as the text of a file. */
export async function standalone(element) {
  return (await charts()).standalone(element);
}

/** Names of tokens in a text as the colours they have now. */
export async function coloured(text) {
  const { colour } = await charts();
  return text.replace(/var\(--[\w-]+\)/g, (name) => colour(name));
}

/** An SVG text as the blob of a PNG. */
export async function png(svg, scale) {
  return (await charts()).png(svg, scale);
}

/** Hands a drawn chart its next specification. */
export function set(drawn, option) {
  drawn.set(JSON.parse(option));
}

/** Offers a blob as a download. */
export function offer(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The download has the blob by then; a slow disk gets a moment.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

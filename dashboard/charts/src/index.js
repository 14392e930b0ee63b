// What the page imports first: where the libraries lie, and how an SVG becomes a PNG.

/** One module of charts; each has `mount`. */
export const library = {
  echarts: () => import(__ECHARTS__),
  uplot: () => import(__UPLOT__),
};

export { colour } from "./theme.js";
export { png, standalone } from "./picture.js";

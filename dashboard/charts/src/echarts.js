// ECharts 6 with only the parts the dashboard shows. One function: mount a specification into an element.
//
//   mount(element, spec, tell) -> { set(spec), act(action), svg(), png(scale), dispose() }
//   tell(kind, json)            kind: "click" | "hover" | "leave" | "zoom" | "brush" | "error"
//
// No tooltip: DESIGN says that values appear in the gutter, never over data. The page writes what "hover" tells.

import { BarChart, HeatmapChart, LineChart, ParallelChart, ScatterChart, TreemapChart } from "echarts/charts";
import {
  AriaComponent,
  BrushComponent,
  DataZoomComponent,
  GridComponent,
  MarkAreaComponent,
  MarkLineComponent,
  MarkPointComponent,
  ParallelComponent,
  VisualMapComponent,
} from "echarts/components";
import * as echarts from "echarts/core";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";
import { dressed, isStill, onChange, onResize, token } from "./theme.js";

echarts.use([
  AriaComponent, BarChart, BrushComponent, CanvasRenderer, DataZoomComponent, GridComponent, HeatmapChart, LabelLayout, LineChart,
  MarkAreaComponent, MarkLineComponent, MarkPointComponent, ParallelChart, ParallelComponent, SVGRenderer, ScatterChart,
  TreemapChart, VisualMapComponent,
]);

/** What every axis looks like unless the specification says otherwise. */
function axis(own) {
  const line = { lineStyle: { color: token("--line") } };
  const base = {
    axisLine: { show: true, ...line },
    axisTick: { show: false },
    splitLine: { show: own.type === "value", ...line },
    axisLabel: { color: token("--ink2"), fontSize: 11, hideOverlap: true },
    nameTextStyle: { color: token("--ink2"), fontSize: 11 },
  };
  const merged = { ...base, ...own };
  for (const part of Object.keys(base)) merged[part] = { ...base[part], ...own[part] };
  return merged;
}

const each = (part, change) => (part === undefined ? undefined : Array.isArray(part) ? part.map(change) : change(part));

/** The specification on the page's tokens. */
function option(spec, animated) {
  const own = dressed(spec);
  const motion = animated && !isStill() ? 180 : 0;
  return {
    backgroundColor: "transparent",
    animation: motion > 0,
    animationDuration: 0,
    animationDurationUpdate: motion,
    animationEasingUpdate: "cubicOut",
    // Double quotes would end the attribute in an SVG: the writer puts the name there as it is.
    textStyle: { fontFamily: token("--font-num").replaceAll('"', "'"), fontSize: 12, color: token("--ink") },
    ...own,
    ...(own.xAxis === undefined ? {} : { xAxis: each(own.xAxis, axis) }),
    ...(own.yAxis === undefined ? {} : { yAxis: each(own.yAxis, axis) }),
    aria: { enabled: true, ...own.aria },
  };
}

/** What an event is about, small enough to cross into the page. */
function told({ componentType, seriesIndex, seriesName, dataIndex, name, value, data }) {
  return JSON.stringify({ componentType, seriesIndex, seriesName, dataIndex, name, value, id: data?.id ?? null });
}

/** Draws a specification into an element and keeps it drawn: on another size, on another theme. */
export function mount(element, spec, tell) {
  let current = spec;
  const chart = echarts.init(element, null, { renderer: "canvas" });
  const draw = (animated, replace) => {
    try {
      chart.setOption(option(current, animated), { notMerge: replace, lazyUpdate: false });
    } catch (error) {
      tell("error", JSON.stringify({ message: String(error?.message ?? error) }));
    }
  };
  draw(false, true);
  const forget = [
    onResize(element, (width, height) => chart.resize({ width, height, animation: { duration: 0 } })),
    onChange(() => draw(false, true)),
  ];
  chart.on("click", (event) => tell("click", told(event)));
  chart.on("mouseover", (event) => tell("hover", told(event)));
  chart.on("mouseout", () => tell("leave", "{}"));
  chart.on("datazoom", () => {
    const zooms = chart.getOption().dataZoom ?? [];
    tell("zoom", JSON.stringify(zooms.map(({ start, end, startValue, endValue }) => ({ start, end, startValue, endValue }))));
  });
  chart.on("brushEnd", ({ areas }) => tell("brush", JSON.stringify(areas.map(({ brushType, coordRange }) => ({ brushType, coordRange })))));
  chart.on("axisareaselected", () => {
    const axes = chart.getModel().getComponent("parallel")?.parallelAxisIndex ?? [];
    const picked = [];
    chart.getModel().eachSeriesByType("parallel", (series) => picked.push(series.getRawIndicesByActiveState("active")));
    tell("brush", JSON.stringify({ axes: axes.length, rows: picked.flat() }));
  });

  /** A second instance that only writes: the one on the page is a canvas. */
  const svg = () => {
    const { clientWidth: width, clientHeight: height } = element;
    const writer = echarts.init(null, null, { renderer: "svg", ssr: true, width: width || 800, height: height || 400 });
    writer.setOption({ ...option(current, false), backgroundColor: token("--sheet") });
    const text = writer.renderToSVGString();
    writer.dispose();
    return text;
  };

  return {
    /** Shows another specification; the same kind of chart moves, another one is drawn anew. */
    set: (next) => {
      const kind = (spec) => JSON.stringify((spec.series ?? []).map(({ type, name }) => [type, name]));
      const replace = kind(next) !== kind(current);
      current = next;
      draw(true, replace);
    },
    act: (action) => chart.dispatchAction(action),
    svg,
    // Not by a data address: the page's policy lets nothing be fetched but from its own host.
    png: (scale) =>
      new Promise((done, failed) => {
        const canvas = chart.renderToCanvas({ pixelRatio: scale, backgroundColor: token("--sheet") });
        canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("The picture is too large."))), "image/png");
      }),
    dispose: () => {
      for (const end of forget) end();
      chart.dispose();
    },
  };
}

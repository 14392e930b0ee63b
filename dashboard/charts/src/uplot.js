// uPlot for long or streaming series of time. One function: mount a specification and its columns into an element.
//
//   mount(element, spec, tell) -> { data(columns), set(spec), cursor(time), range(from, to), png(), dispose() }
//   spec   { series: [{ label, stroke, width, fill, dash, step }], lines: [{ value, label, stroke }], shade: [{ from, to, fill }],
//            marks: [{ time, value, stroke }], y: { decimals, scale, unit, min, max, log }, bare, height }; bare: no dates below, for a lane above another
//   data   [times in seconds, values, values, …]; NaN is unknown and a gap
//   tell   ("cursor", '{"time":…}' | '{}'), ("select", '{"from":…,"to":…}'), ("reset", '{}')

import uPlot from "uplot";
import css from "uplot/dist/uPlot.min.css";
import { colour, dates, figure, onChange, onResize, token } from "./theme.js";

/** Space at the right edge, where lines and last values have their labels. */
const GUTTER = 76;

function styled() {
  if (document.getElementById("uplot-style")) return;
  const style = document.createElement("style");
  style.id = "uplot-style";
  style.textContent = css;
  document.head.append(style);
}

/** A column for uPlot: what is not a number is a gap. */
function column(values) {
  return values.every(Number.isFinite) ? values : Array.from(values, (value) => (Number.isFinite(value) ? value : null));
}

function font() {
  return `11px ${token("--font-num")}`;
}

/** Limit lines with their names at the right edge, and shaded spans behind the series. */
function marks(spec) {
  const within = (u, value) => value >= u.scales.y.min && value <= u.scales.y.max;
  return {
    hooks: {
      drawClear: [
        (u) => {
          const { ctx, bbox } = u;
          for (const { from, to, fill } of spec.shade ?? []) {
            const [left, right] = [from, to].map((time) => Math.min(Math.max(u.valToPos(time, "x", true), bbox.left), bbox.left + bbox.width));
            if (right <= left) continue;
            ctx.save();
            ctx.fillStyle = colour(fill);
            ctx.fillRect(left, bbox.top, right - left, bbox.height);
            ctx.restore();
          }
        },
      ],
      draw: [
        (u) => {
          const { ctx, bbox } = u;
          const ratio = devicePixelRatio;
          const right = bbox.left + bbox.width;
          ctx.save();
          ctx.font = `${11 * ratio}px ${token("--font-num")}`;
          ctx.textBaseline = "middle";
          ctx.textAlign = "left";
          const taken = [];
          // Labels that would lie on each other: the later one steps aside.
          const write = (text, y, fill) => {
            let at = y;
            while (taken.some((other) => Math.abs(other - at) < 12 * ratio)) at += 12 * ratio;
            taken.push(at);
            ctx.fillStyle = fill;
            ctx.fillText(text, right + 6 * ratio, at);
          };
          for (const { value, label, stroke } of spec.lines ?? []) {
            if (!within(u, value)) continue;
            const y = u.valToPos(value, "y", true);
            const ink = colour(stroke ?? "var(--warn)");
            ctx.strokeStyle = ink;
            ctx.lineWidth = ratio;
            ctx.setLineDash([4 * ratio, 3 * ratio]);
            ctx.beginPath();
            ctx.moveTo(bbox.left, y);
            ctx.lineTo(right, y);
            ctx.stroke();
            write(label, y, ink);
          }
          ctx.setLineDash([]);
          for (const { time, value, stroke } of spec.marks ?? []) {
            if (!within(u, value) || time < u.scales.x.min || time > u.scales.x.max) continue;
            const [x, y] = [u.valToPos(time, "x", true), u.valToPos(value, "y", true)];
            ctx.fillStyle = colour(stroke ?? "var(--warn)");
            ctx.beginPath();
            ctx.moveTo(x, y - 4 * ratio);
            ctx.lineTo(x - 5 * ratio, y - 12 * ratio);
            ctx.lineTo(x + 5 * ratio, y - 12 * ratio);
            ctx.fill();
          }
          const lastShown = u.series[0].idxs?.[1] ?? u.data[0].length - 1;
          for (let i = 1; i < u.series.length; i++) {
            let at = lastShown;
            while (at >= 0 && u.data[i][at] == null) at--;
            if (at < 0 || !u.series[i].show || !within(u, u.data[i][at])) continue;
            const { label, stroke } = spec.series[i - 1];
            const name = spec.series.length > 1 ? ` ${label}` : "";
            write(`${figure(u.data[i][at], spec.y)}${name}`, u.valToPos(u.data[i][at], "y", true), colour(stroke ?? "var(--ink)"));
          }
          ctx.restore();
        },
      ],
    },
  };
}

function settings(spec, size, tell, state) {
  const grid = { stroke: token("--line"), width: 1 };
  const axis = { stroke: token("--ink2"), font: font(), grid, ticks: { show: false } };
  const { min, max, log } = spec.y ?? {};
  return {
    ...size,
    // A day is the same day in every time zone.
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    padding: [8, GUTTER, 0, 0],
    legend: { show: false },
    cursor: {
      points: { size: 6 },
      drag: { x: true, y: false, setScale: false },
      focus: { prox: -1 },
      // A double click would only reset this chart; the page resets all of them.
      bind: { dblclick: () => () => (tell("reset", "{}"), null) },
    },
    scales: {
      x: { time: true, ...(state.range ? { range: () => state.range ?? [] } : {}) },
      y: {
        distr: log ? 3 : 1,
        range: (_, low, high) => {
          if (low == null || high == null) return [min ?? 0, max ?? 1];
          const [from, to] = log ? [low / 1.02, high * 1.02] : uPlot.rangeNum(low, high, 0.06, true);
          return [min ?? from, max ?? to];
        },
      },
    },
    axes: [
      // Grid lines stay where the dates are written below another lane.
      { ...axis, space: 70, ...(spec.bare ? { size: 0, gap: 0, values: (_, ticks) => ticks.map(() => "") } : { size: 26, values: (_, ticks, axis, space, step) => dates(ticks, step) }) },
      { ...axis, size: 52, values: (_, ticks) => ticks.map((tick) => (tick == null ? "" : figure(tick, { ...spec.y, decimals: spec.y?.tick_decimals ?? spec.y?.decimals ?? 2 }))) },
    ],
    series: [
      {},
      ...spec.series.map(({ label, stroke, width, fill, dash, step }) => ({
        label,
        stroke: colour(stroke ?? "var(--ink)"),
        width: width ?? 1.5,
        ...(fill ? { fill: colour(fill) } : {}),
        ...(dash ? { dash } : {}),
        ...(step ? { paths: uPlot.paths.stepped({ align: 1 }) } : {}),
        points: { show: false },
        spanGaps: false,
      })),
    ],
    plugins: [marks(spec)],
    hooks: {
      setCursor: [
        (u) => {
          // What the page asked for must not come back as if the hand had moved.
          if (state.placing) return;
          const { idx } = u.cursor;
          tell("cursor", JSON.stringify(idx == null ? {} : { time: u.data[0][idx] }));
        },
      ],
      setSelect: [
        (u) => {
          const { left, width } = u.select;
          if (width < 4) return;
          const [from, to] = [left, left + width].map((at) => u.posToVal(at, "x"));
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          tell("select", JSON.stringify({ from, to }));
        },
      ],
    },
  };
}

/** Draws series into an element and keeps them drawn. */
export function mount(element, spec, tell) {
  styled();
  const state = { placing: false, range: null };
  let current = spec;
  let columns = [[], ...spec.series.map(() => [])];
  let plot;
  const size = () => ({ width: Math.max(element.clientWidth, 60), height: Math.max(element.clientHeight, 60) });
  const draw = () => {
    plot?.destroy();
    // A specification may come before its data.
    const data = columns.length === current.series.length + 1 ? columns : [[], ...current.series.map(() => [])];
    plot = new uPlot(settings(current, size(), tell, state), data, element);
  };
  draw();
  const forget = [onResize(element, (width, height) => plot.setSize({ width, height })), onChange(draw)];

  const nearest = (time) => {
    const times = columns[0];
    let [low, high] = [0, times.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] < time) low = middle + 1;
      else high = middle;
    }
    return low > 0 && time - times[low - 1] < times[low] - time ? low - 1 : low;
  };

  return {
    set: (next) => {
      current = next;
      draw();
    },
    /** Columns of one length: times first. */
    data: (next) => {
      columns = [next[0], ...Array.prototype.slice.call(next, 1).map(column)];
      if (columns.length !== plot.series.length) draw();
      else plot.setData(columns);
    },
    /** Puts the cursor at a time, or takes it away. */
    cursor: (time) => {
      state.placing = true;
      const inside = time != null && columns[0].length > 0;
      const left = inside ? plot.valToPos(columns[0][nearest(time)], "x") : -10;
      plot.setCursor({ left, top: inside ? plot.over.clientHeight / 2 : -10 }, true);
      state.placing = false;
    },
    /** Shows a span of time, or everything. */
    range: (from, to) => {
      state.range = from == null ? null : [from, to];
      draw();
    },
    png: (scale) =>
      new Promise((done, failed) => {
        const { canvas } = plot.ctx;
        const copy = document.createElement("canvas");
        const factor = Math.max(1, Math.round(scale / devicePixelRatio));
        copy.width = canvas.width * factor;
        copy.height = canvas.height * factor;
        const to = copy.getContext("2d");
        to.fillStyle = token("--sheet");
        to.fillRect(0, 0, copy.width, copy.height);
        to.drawImage(canvas, 0, 0, copy.width, copy.height);
        copy.toBlob((blob) => (blob ? done(blob) : failed(new Error("The picture is too large."))), "image/png");
      }),
    dispose: () => {
      for (const end of forget) end();
      plot.destroy();
    },
  };
}

// The chart modules alone, as built for the site, under the policy of the server: what they draw, tell, follow and leave behind.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { browser, dist, results, root } from "./harness.js";

const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'";
const folder = existsSync(join(dist, "charts/index.js")) ? join(dist, "charts") : join(root, "dashboard/charts/dist");
const PAGE = `<!doctype html><meta charset=utf-8><link rel=stylesheet href=/tokens.css><link rel=stylesheet href=/chart.css>
<style>body { display: grid; grid-template-columns: 1fr 1fr; background: var(--sheet) } div.chart { height: 260px; min-width: 0 }</style>
<div class=chart id=a></div><div class=chart id=b></div>`;

let host;
let chrome;
let page;
let complaints;

before(async () => {
  const own = { "/": ["text/html", PAGE], "/favicon.ico": ["image/x-icon", ""] };
  for (const name of ["tokens.css", "chart.css"]) own[`/${name}`] = ["text/css", readFileSync(join(root, "dashboard/assets", name))];
  host = createServer((request, answer) => {
    const name = /^\/charts\/([\w.-]+\.js)$/.exec(request.url)?.[1];
    const [type, body] = own[request.url] ?? (name && existsSync(join(folder, name)) ? ["text/javascript", readFileSync(join(folder, name))] : []);
    if (body === undefined) return answer.writeHead(404).end();
    answer.writeHead(200, { "content-type": type, "content-security-policy": POLICY }).end(body);
  });
  await new Promise((done) => host.listen(0, "127.0.0.1", done));
  chrome = await browser();
});

after(async () => {
  await chrome?.close();
  host?.close();
});

beforeEach(async () => {
  await page?.close();
  page = await chrome.newPage({ viewport: { width: 1000, height: 320 } });
  complaints = [];
  // That reading pixels is slow is the test's own affair.
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && !/willReadFrequently/.test(message.text()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(`http://127.0.0.1:${host.address().port}/`);
  await page.evaluate(async () => {
    const charts = await import("/charts/index.js");
    globalThis.charts = charts;
    globalThis.told = [];
    globalThis.mount = async (kind, id, spec) =>
      (await charts.library[kind]()).mount(document.getElementById(id), spec, (what, text) => told.push([id, what, JSON.parse(text)]));
  });
});

const BARS = {
  xAxis: { type: "category", data: ["X", "Y"] },
  yAxis: { type: "value", axisLabel: { formatter: { $number: { decimals: 2, scale: 100, unit: "" } } } },
  series: [{ type: "bar", name: "w", data: [0.4, -0.2], itemStyle: { color: "var(--s1)" } }],
};
const DAY = 86_400;
const LANE = { series: [{ label: "ρ", stroke: "var(--ink)" }], lines: [{ value: 0.7, label: "0.70 alert" }], shade: [], y: { decimals: 2, scale: 1 } };

/** How many pixels of a canvas have a colour, within a little. */
const pixels = (id, colour) =>
  page.evaluate(
    ([id, colour]) => {
      const canvas = document.querySelector(`#${id} canvas`);
      const want = charts.colour(colour).match(/[0-9a-f]{2}/gi).map((part) => Number.parseInt(part, 16));
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4) if (want.every((part, k) => Math.abs(data[i + k] - part) < 3) && data[i + 3] > 250) count++;
      return count;
    },
    [id, colour],
  );

describe("charts", () => {
  test("draw in the colours of the page and follow its theme", async () => {
    await page.evaluate(async (spec) => (globalThis.one = await mount("echarts", "a", spec)), BARS);
    await page.waitForTimeout(100);
    assert.ok((await pixels("a", "var(--s1)")) > 500);
    await page.evaluate(() => (document.documentElement.dataset.theme = "dark"));
    await page.waitForTimeout(100);
    assert.ok((await pixels("a", "var(--s1)")) > 500, "the other blue of the dark theme");
    assert.deepEqual(complaints, []);
  });

  test("give pictures without asking anybody", async () => {
    const given = await page.evaluate(async ([bars, lane]) => {
      const one = await mount("echarts", "a", bars);
      const two = await mount("uplot", "b", lane);
      two.data([Float64Array.of(0, 86400), Float64Array.of(0.5, 0.8)]);
      const [first, second] = [await one.png(2), await two.png(2)];
      const third = await charts.png(one.svg(), 1);
      return { sizes: [first, second, third].map((blob) => [blob.type, blob.size > 1000]), svg: one.svg() };
    }, [BARS, LANE]);
    assert.deepEqual(given.sizes, Array(3).fill(["image/png", true]));
    assert.match(given.svg, /^<svg[\s\S]*−20\.00/, "axis figures are in the unit of the specification, with a true minus");
    assert.deepEqual(complaints, []);
  });

  test("tell what a hand does", async () => {
    await page.evaluate(async ([bars, lane]) => {
      await mount("echarts", "a", bars);
      const two = await mount("uplot", "b", lane);
      const times = Float64Array.from({ length: 400 }, (_, i) => i * 86400);
      two.data([times, times.map((_, i) => (i > 100 && i < 120 ? Number.NaN : Math.sin(i / 30)))]);
    }, [BARS, LANE]);
    const box = await page.locator("#a").boundingBox();
    await page.mouse.click(box.x + box.width * 0.35, box.y + box.height * 0.4);
    const lane = await page.locator("#b").boundingBox();
    await page.mouse.move(lane.x + 120, lane.y + 100);
    await page.mouse.down();
    await page.mouse.move(lane.x + 240, lane.y + 100, { steps: 4 });
    await page.mouse.up();
    await page.waitForTimeout(100);
    const told = await page.evaluate(() => globalThis.told);
    const click = told.find(([id, what]) => id === "a" && what === "click")[2];
    assert.deepEqual([click.seriesName, click.name, click.value], ["w", "X", 0.4]);
    const select = told.find(([, what]) => what === "select")[2];
    assert.ok(select.from > 0 && select.to > select.from + 50 * DAY && select.to < 400 * DAY, JSON.stringify(select));
    assert.ok(told.some(([id, what, { time }]) => id === "b" && what === "cursor" && time % DAY === 0));
  });

  test("a cursor that is placed is not told again", async () => {
    const told = await page.evaluate(async (lane) => {
      const chart = await mount("uplot", "b", lane);
      chart.data([Float64Array.of(0, 86400, 172800), Float64Array.of(1, 2, 3)]);
      await new Promise((done) => setTimeout(done, 50));
      globalThis.told.length = 0;
      chart.cursor(86400);
      chart.cursor(null);
      await new Promise((done) => setTimeout(done, 50));
      return globalThis.told.filter(([, what]) => what === "cursor");
    }, LANE);
    assert.deepEqual(told, []);
  });

  test("fit their place, and leave nothing behind", async () => {
    await page.evaluate(async ([bars, lane]) => {
      globalThis.all = [await mount("echarts", "a", bars), await mount("uplot", "b", lane)];
    }, [BARS, LANE]);
    await page.setViewportSize({ width: 600, height: 320 });
    await page.waitForTimeout(200);
    const widths = await page.evaluate(() => ["a", "b"].map((id) => {
      const place = document.getElementById(id);
      return Math.abs(place.querySelector("canvas").getBoundingClientRect().width - place.clientWidth);
    }));
    assert.ok(widths.every((off) => off <= 1), String(widths));
    await page.screenshot({ path: join(results, "charts.png") });
    await page.evaluate(() => all.forEach((chart) => chart.dispose()));
    assert.equal(await page.locator("canvas").count(), 0);
    await page.evaluate(() => (document.documentElement.dataset.theme = "dark"));
    await page.setViewportSize({ width: 700, height: 320 });
    await page.waitForTimeout(100);
    assert.deepEqual(complaints, []);
  });
});

describe("dates below a chart", () => {
  for (const timezoneId of ["America/Los_Angeles", "Asia/Tokyo"]) {
    test(`are those of the figures in ${timezoneId}, in the customs of the page`, async () => {
      await page.close();
      page = await chrome.newPage({ viewport: { width: 1000, height: 320 }, timezoneId });
      await page.goto(`http://127.0.0.1:${host.address().port}/`);
      const drawn = (customs, days) => page.evaluate(async ([customs, days, lane]) => {
        document.documentElement.dataset.customs = JSON.stringify(customs);
        const texts = new Set();
        const former = CanvasRenderingContext2D.prototype.fillText;
        CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
          texts.add(text);
          return former.call(this, text, ...rest);
        };
        const element = document.getElementById("a");
        const charts = await import("/charts/index.js");
        const chart = (await charts.library.uplot()).mount(element, lane, () => {});
        const from = Date.UTC(2025, 11, 29) / 1000;
        const times = Float64Array.from({ length: days }, (_, day) => from + day * 86_400);
        chart.data([times, Float64Array.from(times, (_, day) => 0.5 + 0.01 * (day % 3))]);
        await new Promise((done) => setTimeout(done, 200));
        chart.dispose();
        CanvasRenderingContext2D.prototype.fillText = former;
        return [...texts];
      }, [customs, days, LANE]);
      const german = await drawn({ decimal: ",", mark: ".", order: "dmy" }, 6);
      assert.ok(german.includes("29.12.2025") && german.includes("01.01.2026") && german.includes("0,50"), german.join(" | "));
      assert.ok(!german.includes("28.12.2025"), "no day before the first");
      const american = await drawn({ decimal: ".", mark: "/", order: "mdy" }, 6);
      assert.ok(american.includes("12/29/2025") && american.includes("12/30"), american.join(" | "));
      const years = await drawn({ decimal: ".", mark: "-", order: "iso" }, 400);
      assert.ok(years.some((text) => /^[A-Z][a-z]{2} 2026$/.test(text)) && years.some((text) => /^[A-Z][a-z]{2}$/.test(text)), years.join(" | "));
    });
  }
});

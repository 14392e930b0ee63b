// How fast the page feels, as figures to read: `cargo xtask bench` prints them, docs/benchmarks.md explains them. Nothing is judged here.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { browser, fresh, serve } from "./harness.js";

/** Numbers without a pattern, the same on every run. */
function numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/** A CSV of strategies that each name a share of the symbols. */
function signals(strategies, symbols, share) {
  const next = numbers(7);
  const lines = ["strategy,symbol,score,weight"];
  for (let strategy = 0; strategy < strategies; strategy++) {
    for (let symbol = 0; symbol < symbols; symbol++) {
      if (next() < share) lines.push(`s${strategy},SYM${symbol},${(next() * 4 - 2).toFixed(4)},${next().toFixed(4)}`);
    }
  }
  return Buffer.from(lines.join("\n"));
}

/** The most memory that the process of a page ever held, in MB. */
async function resident() {
  const session = await chrome.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const of = ({ id }) => {
    try {
      return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1] ?? 0) / 1000;
    } catch {
      return 0;
    }
  };
  return processInfo.filter(({ type }) => type === "renderer").reduce((most, process) => Math.max(most, of(process)), 0);
}

const middle = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const worst = (list, share) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))];
const ms = (value) => `${value.toFixed(1)} ms`;
const say = (what, figure) => console.log(`${what.padEnd(64)} ${figure}`);

const server = await serve();
const chrome = await browser();

async function open(options = {}) {
  // The service worker would keep the page while something else is timed; it begins after the first answer.
  const context = await fresh(chrome, options);
  const page = await context.newPage();
  page.setDefaultTimeout(180_000);
  return { context, page };
}

const allocated = (page) => page.waitForFunction(() => /^[0-9a-f]{64}$/.test(document.querySelector("[data-testid=digest]")?.dataset.digest ?? ""));

/** Gives a file and waits until its allocation is shown; milliseconds. */
async function give(page, name, buffer) {
  await page.evaluate(() => (location.hash = "#/data"));
  const before = await page.getByTestId("digest").getAttribute("data-digest");
  const begun = performance.now();
  await page.getByTestId("files").setInputFiles([{ name, mimeType: "text/csv", buffer }]);
  await page.waitForFunction((old) => document.querySelector("[data-testid=digest]")?.dataset.digest !== old, before);
  const took = performance.now() - begun;
  await page.evaluate(() => (location.hash = "#/blend"));
  await page.getByTestId("weights").waitFor();
  return took;
}

/** From a key to the frame that shows an answer with another digest at `place`, in the page's own clock. */
async function pressed(page, place, key) {
  // The page listens before the key comes: a promise that is still on its way to the page would miss it and count from a later one.
  await page.evaluate((place) => {
    const digest = () => document.querySelector(place)?.dataset.digest;
    const old = digest();
    let begun = 0;
    addEventListener("keydown", (event) => (begun = event.timeStamp), { once: true, capture: true });
    globalThis.painted = new Promise((done) => {
      const observer = new MutationObserver(() => {
        if (!digest() || digest() === old) return;
        observer.disconnect();
        // The frame after the change is the one that is painted.
        requestAnimationFrame(() => {
          const channel = new MessageChannel();
          channel.port1.onmessage = () => done(performance.now() - begun);
          channel.port2.postMessage(0);
        });
      });
      observer.observe(document.body, { attributes: true, attributeFilter: ["data-digest"], childList: true, subtree: true });
    });
  }, place);
  await page.keyboard.press(key);
  return page.evaluate(() => globalThis.painted);
}

/** Keys to and fro at a control. */
async function toAndFro(page, control, place, [to, fro], steps) {
  await control.focus();
  const times = [];
  for (let step = 0; step < steps; step++) times.push(await pressed(page, place, step % 2 ? fro : to));
  return times;
}

/** The cap of every strategy by its slider in the Blend view. */
const slide = (page, steps) =>
  toAndFro(page, page.getByRole("slider", { name: /^Strategy cap/ }).first(), "[data-testid=digest]", ["ArrowLeft", "ArrowRight"], steps);

/** Daily returns of strategies with a common part, as CSV. */
function returns(strategies, days) {
  const next = numbers(3);
  const lines = [`date,${Array.from({ length: strategies }, (_, i) => `s${i}`).join(",")}`];
  for (let day = 0; day < days; day++) {
    const shared = next() - 0.5;
    const date = new Date(Date.UTC(2020, 0, 6 + Math.floor(day / 5) * 7 + (day % 5))).toISOString().slice(0, 10);
    lines.push(`${date},${Array.from({ length: strategies }, (_, i) => (0.0003 + (0.004 + 0.001 * i) * (shared + 2 * next() - 1)).toFixed(6)).join(",")}`);
  }
  return Buffer.from(lines.join("\n"));
}

/** The cap of every strategy in the Capital view: all methods side by side under it. */
const tighten = (page, steps) =>
  toAndFro(page, page.locator(".capital-limits .every .entry[data-end=max]").first(), "[data-testid=capital-methods]", ["ArrowDown", "ArrowUp"], steps);

/** Watches for long tasks of the page's thread. */
const watch = (page) => page.evaluate(() => {
  globalThis.longest = 0;
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, task.duration);
  }).observe({ type: "longtask" });
});

/** From a file's choice to its first picture, and to its allocation where it has one; and what the page's process takes for it. */
async function fromDisk(what, path) {
  const size = statSync(path).size / 1e6;
  const { context, page } = await open();
  await page.goto(server.url);
  await allocated(page);
  const empty = await resident();
  await page.evaluate(() => (location.hash = "#/data"));
  const former = await page.getByTestId("digest").getAttribute("data-digest");
  const begun = performance.now();
  await page.getByTestId("files").setInputFiles(path);
  await page.getByTestId("mapping").locator("[aria-current]", { hasText: "3 In use" }).waitFor();
  say(`${what} (${size.toFixed(0)} MB) to its first picture`, ms(performance.now() - begun));
  if (path.endsWith(".csv")) {
    await page.waitForFunction((old) => document.querySelector("[data-testid=digest]")?.dataset.digest !== old, former);
    say("and to its allocation", ms(performance.now() - begun));
  }
  const most = await resident();
  say("memory of the page's process, at most", `${most.toFixed(0)} MB, ${((most - empty) / size).toFixed(1)} × the file above the empty page`);
  await context.close();
}

try {
  for (const [what, network] of [
    ["first load, loopback", null],
    ["first load, 10 Mbit/s and 40 ms", { offline: false, latency: 40, downloadThroughput: 1_250_000, uploadThroughput: 1_250_000 }],
  ]) {
    const times = [];
    let bytes = 0;
    for (let round = 0; round < 3; round++) {
      const { context, page } = await open();
      const devtools = await context.newCDPSession(page);
      await devtools.send("Network.enable");
      if (network) await devtools.send("Network.emulateNetworkConditions", network);
      bytes = 0;
      devtools.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
      const begun = performance.now();
      await page.goto(server.url);
      await allocated(page);
      times.push(performance.now() - begun);
      await context.close();
    }
    say(`${what}, to an allocation on screen`, `${ms(Math.min(...times))} (middle ${ms(middle(times))}), ${(bytes / 1024).toFixed(0)} KiB`);
  }

  const { context, page } = await open();
  await page.goto(server.url);
  await allocated(page);
  await give(page, "ten.csv", signals(10, 100, 0.7));
  await slide(page, 10);
  const times = await slide(page, 60);
  say("slider to painted result, 10 × 100", `${ms(Math.min(...times))} (middle ${ms(middle(times))}, 95 % within ${ms(worst(times, 0.95))})`);

  await give(page, "ten.csv", signals(50, 5_000, 0.7));
  await watch(page);
  const large = await slide(page, 10);
  say("slider to painted result, 50 × 5,000", `${ms(Math.min(...large))} (middle ${ms(middle(large))})`);
  say("longest task of the page's thread meanwhile", ms(await page.evaluate(() => globalThis.longest)));
  await context.close();

  const desk = await open();
  await desk.page.goto(new URL("#/backtest", server.url).href);
  const shown = (old) => desk.page.waitForFunction((old) => {
    const digest = document.querySelector("[data-testid=run-digest]")?.innerText;
    return digest?.length === 64 && digest !== old && document.querySelector("[data-testid=run-line]")?.dataset.busy === "false";
  }, old);
  await shown("");
  await watch(desk.page);
  const runs = [];
  for (let days = 20; days < 40; days++) {
    const old = await desk.page.getByTestId("run-digest").innerText();
    const begun = performance.now();
    await desk.page.getByLabel("Formula formula", { exact: true }).fill(`rank(delta(close, ${days}))`);
    await shown(old);
    runs.push(performance.now() - begun);
  }
  say("formula typed to ranks and a backtest of 27 years on screen", `${ms(Math.min(...runs))} (middle ${ms(middle(runs))})`);
  say("longest task of the page's thread meanwhile", ms(await desk.page.evaluate(() => globalThis.longest)));
  await desk.context.close();

  const split = await open();
  await split.page.goto(server.url);
  await allocated(split.page);
  await split.page.evaluate(() => (location.hash = "#/data"));
  await split.page.getByTestId("files").setInputFiles([{ name: "returns.csv", mimeType: "text/csv", buffer: returns(10, 1_000) }]);
  await split.page.locator("[data-testid=file-list] [data-file]").first().waitFor();
  await split.page.evaluate(() => (location.hash = "#/capital"));
  await split.page.waitForFunction(() => document.querySelectorAll("[data-testid=capital-limits] tbody tr").length === 11);
  await split.page.getByRole("button", { name: "Choose methods" }).click();
  await split.page.getByRole("dialog").getByRole("button", { name: "All", exact: true }).click();
  await split.page.keyboard.press("Escape");
  // The dialog is closed before the answer with all of them is there.
  await split.page.waitForFunction(() => document.querySelectorAll("[data-testid=capital-methods] tbody tr").length > 20);
  const rows = await split.page.locator("[data-testid=capital-methods] tbody tr").count();
  await tighten(split.page, 6);
  const capital = await tighten(split.page, 30);
  say(`a cap to ${rows} methods and the frontier of ten strategies, painted`, `${ms(Math.min(...capital))} (middle ${ms(middle(capital))}, 95 % within ${ms(worst(capital, 0.95))})`);
  await split.context.close();

  // From the disk, as a user's files come: handed over by the debugger they would lie in the page as text, twice.
  const folder = mkdtempSync(join(tmpdir(), "allocator-figures-"));
  const csv = join(folder, "million.csv");
  writeFileSync(csv, signals(1_000, 1_429, 0.7));
  await fromDisk("CSV of a million rows", csv);
  if (process.env.ALLOCATOR_PARQUET) await fromDisk("Parquet", process.env.ALLOCATOR_PARQUET);
  else console.log("No ALLOCATOR_PARQUET: `python3 tests/bench/parquet.py FILE` writes a file of 200 MB to time.");
  rmSync(folder, { recursive: true });
} finally {
  await chrome.close();
  await server.stop();
}

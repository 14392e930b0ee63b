// An analyst at the Backtest view: types a formula, sees it refused, ranked and run, looks at a part of it, and takes it away.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { PATIENCE, WCAG, bin, browser, files, fresh, results, serve, tab, violations } from "./harness.js";

let server;
let chrome;
let context;
let page;
let complaints;
let folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "allocator-backtest-"));
  server = await serve();
  chrome = await browser();
});

after(async () => {
  await chrome?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  await context?.close();
  context = await fresh(chrome);
  ({ page, complaints } = await tab(context, `${server.url}#/backtest`));
  await ran();
});

const digest = () => page.getByTestId("run-digest").innerText();
const bars = () => page.getByTestId("bars").innerText();
const total = () => page.getByTestId("earned-total").innerText();
const figure = (name) => page.getByTestId("figures").locator("tbody tr", { hasText: name }).locator("td").first().innerText();

/** Waits for a run that is the answer to the newest question. */
async function ran() {
  await page.waitForFunction(() => document.querySelector("[data-testid=run-digest]")?.innerText.length === 64);
  await page.locator("[data-testid=run-line][data-busy=false]").waitFor({ state: "attached" });
}

/** Does something and waits until another run is shown. */
async function running(act) {
  const before = await digest();
  await act();
  await page.waitForFunction((old) => {
    const shown = document.querySelector("[data-testid=run-digest]")?.innerText;
    return shown && shown !== old && document.querySelector("[data-testid=run-line]")?.dataset.busy === "false";
  }, before);
  return digest();
}

async function download(name) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByTestId("take").getByRole("button", { name, exact: true }).click()]);
  const path = join(folder, file.suggestedFilename());
  await file.saveAs(path);
  return path;
}

/** Prices of three symbols on the weekdays of two years, the same in every run. */
function walk() {
  const rows = ["date,A,B,C"];
  const price = [100, 50, 20];
  let state = 7;
  for (let day = Date.UTC(2020, 0, 1); day < Date.UTC(2022, 0, 1); day += 864e5) {
    if ([0, 6].includes(new Date(day).getUTCDay())) continue;
    for (let i = 0; i < 3; i++) {
      state = (state * 1664525 + 1013904223) % 4294967296;
      price[i] *= 1 + 0.02 * (state / 4294967296 - 0.49);
    }
    rows.push([new Date(day).toISOString().slice(0, 10), ...price.map((value) => value.toFixed(4))].join());
  }
  return `${rows.join("\n")}\n`;
}

const clean = async () => assert.deepEqual(await violations(page, WCAG), []);

describe("the backtest view", () => {
  test("a formula is refused at its place, mended, ranked, run, and the same on the command line", async () => {
    const editor = page.getByLabel("Formula formula", { exact: true });
    await editor.fill("rank(delta(close, 20) / ts_sdt(close, 60))");
    const fault = page.getByTestId("formula-fault");
    await fault.getByText("Character 25").waitFor();
    assert.match(await fault.innerText(), /\n {24}\^{6}\n/, "the caret stands under the word");
    assert.match(await fault.innerText(), /ts_std/);
    await clean();
    const run = await running(() => editor.fill("rank(delta(close, 20) / ts_std(close, 60))"));
    assert.ok((await page.getByTestId("ranks").locator("li").count()) > 5);
    await page.screenshot({ path: join(results, "backtest.png") });
    await download("Save run.yaml");
    await download("Prices, CSV");
    const answer = JSON.parse(execFileSync(bin, ["backtest", "--config", "run.yaml"], { cwd: folder, maxBuffer: 1 << 28, timeout: PATIENCE }));
    assert.equal(answer.digest, run);
    const sheet = readFileSync(await download("Export tear sheet"), "utf8");
    assert.ok(sheet.startsWith("<!doctype html>") || sheet.startsWith("<!DOCTYPE html>"));
    assert.ok(sheet.includes(run), "the sheet is of this run");
    assert.deepEqual(complaints, []);
  });

  test("a period by keyboard is followed by every part, and the whole run comes back", async () => {
    const whole = { bars: await bars(), total: await total(), sharpe: await figure("Sharpe"), rows: await page.getByTestId("months").locator("tbody tr").count() };
    await page.getByLabel("From", { exact: true }).fill("2015-01-01");
    await page.getByLabel("to", { exact: true }).fill("2016-12-31");
    await page.keyboard.press("Tab");
    await page.getByTestId("months").locator("tbody tr").nth(1).waitFor();
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=months] tbody tr").length === 2);
    await page.waitForFunction((old) => document.querySelector("[data-testid=earned-total]")?.innerText !== old, whole.total);
    assert.notEqual(await bars(), whole.bars);
    assert.notEqual(await figure("Sharpe"), whole.sharpe);
    await page.getByTestId("trades").getByRole("button", { name: "Oldest" }).click();
    const dates = await page.getByTestId("trades").locator("tbody th").allInnerTexts();
    assert.ok(dates.length > 0 && dates.every((date) => /201[56]/.test(date)), dates.join(", "));
    // A year of the table is a period too, and so is what Escape takes back on a chart.
    await page.getByRole("button", { name: "Choose the year 2016" }).click();
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=months] tbody tr").length === 1);
    await page.locator('[data-chart="Equity"] [role=slider]').focus();
    await page.keyboard.press("Escape");
    await page.waitForFunction((rows) => document.querySelectorAll("[data-testid=months] tbody tr").length === rows, whole.rows);
    assert.equal(await bars(), whole.bars);
    await page.waitForFunction((old) => document.querySelector("[data-testid=earned-total]")?.innerText === old, whole.total);
    await clean();
    assert.deepEqual(complaints, []);
  });

  test("profit by symbol follows the period and foots", async () => {
    const table = page.getByTestId("earned");
    await table.getByRole("button", { name: "Symbol", exact: true }).click();
    await table.getByRole("columnheader", { name: "Symbol" }).waitFor();
    const lines = async () => (await table.locator("tbody tr").allInnerTexts()).map((line) => line.split(/\t|\n/).map((part) => part.trim()).filter(Boolean));
    const whole = await lines();
    await page.getByLabel("From", { exact: true }).fill("2015-01-01");
    await page.getByLabel("to", { exact: true }).fill("2016-12-31");
    await page.keyboard.press("Tab");
    await page.waitForFunction((old) => {
      const rows = [...document.querySelectorAll("[data-testid=earned] tbody tr")].map((row) => row.innerText);
      return rows.length > 3 && rows.join() !== old;
    }, (await table.locator("tbody tr").allInnerTexts()).join());
    const part = await lines();
    const number = (text) => Number(text.replace(/[^\d.−-]/g, "").replace("−", "-"));
    const sum = (rows) => rows.reduce((total, row) => total + number(row.at(-1)), 0);
    assert.notDeepEqual(part, whole);
    // Whole units of money are shown: each line may be half a unit off.
    assert.ok(Math.abs(sum(part) - number(await total())) <= part.length, `${sum(part)} ${await total()}`);
    await table.getByRole("button", { name: "Strategy", exact: true }).click();
    await table.getByRole("columnheader", { name: "Strategy" }).waitFor();
    const strategies = await lines();
    const of = (rows, name) => number(rows.find((row) => row[0] === name)?.at(-1) ?? "0");
    assert.ok(Math.abs(of(strategies, "Costs") - of(part, "Costs")) <= 1, "costs of the period are those of its symbols");
    await page.getByRole("button", { name: "Whole run" }).click();
    await table.getByRole("button", { name: "Symbol", exact: true }).click();
    await page.waitForFunction((old) => [...document.querySelectorAll("[data-testid=earned] tbody tr")].map((row) => row.innerText).join() === old, whole.map((row) => row.join("\t")).join());
    assert.deepEqual(complaints, []);
  });

  test("capital by a method and a risk overlay: the ribbon, undo, and the same on the command line", async () => {
    const before = await digest();
    await running(() => page.getByRole("group", { name: "Strategies share the capital by" }).getByRole("button", { name: "Method" }).click());
    await running(() => page.getByLabel("Method", { exact: true }).selectOption("erc"));
    await running(async () => {
      await page.getByLabel("Most of one strategy").fill("45");
      await page.keyboard.press("Tab");
    });
    const overlay = page.getByRole("group", { name: "Risk overlay" });
    const watched = await running(() => overlay.getByRole("button", { name: "Watch" }).click());
    const regimes = page.getByTestId("regimes");
    await regimes.getByText("Only watched").waitFor();
    const spans = () => regimes.locator("svg.ribbon rect").count();
    assert.ok((await spans()) > 3, "regimes of the whole run");
    const scaled = await running(() => overlay.getByRole("button", { name: "Scale" }).click());
    assert.notEqual(scaled, watched);
    await regimes.getByText("The overlay holds").waitFor();
    await clean();
    await page.screenshot({ path: join(results, "backtest-overlay.png"), fullPage: true });
    // The ribbon follows the period.
    const whole = await spans();
    await page.getByLabel("From", { exact: true }).fill("2008-06-01");
    await page.getByLabel("to", { exact: true }).fill("2009-06-30");
    await page.keyboard.press("Tab");
    await page.waitForFunction((all) => document.querySelectorAll("[data-testid=regimes] svg.ribbon rect").length < all, whole);
    await page.getByRole("button", { name: "Whole run" }).click();
    await download("Save run.yaml");
    await download("Prices, CSV");
    const answer = JSON.parse(execFileSync(bin, ["backtest", "--config", "run.yaml"], { cwd: folder, maxBuffer: 1 << 28, timeout: PATIENCE }));
    assert.equal(answer.digest, scaled);
    for (let step = 0; step < 5; step++) await page.keyboard.press("Control+z");
    await page.waitForFunction((old) => document.querySelector("[data-testid=run-digest]")?.innerText === old, before);
    await regimes.waitFor({ state: "detached" });
    assert.deepEqual(complaints, []);
  });

  test("a file of target weights is a strategy beside an alpha, with the digest of the command line", async () => {
    writeFileSync(join(folder, "own prices.csv"), walk());
    writeFileSync(join(folder, "my weights.csv"), "date,A,B,C\n2020-01-31,0.5,0.5,0\n2020-09-30,0.2,0.3,0.5\n2021-06-30,1,0,-0.5\n");
    await page.goto(new URL("#/data", server.url).href);
    await page.getByTestId("files").setInputFiles([join(folder, "own prices.csv"), join(folder, "my weights.csv")]);
    await page.goto(new URL("#/backtest", server.url).href);
    const own = page.getByTestId("uploaded");
    await own.getByText("my weights.csv").waitFor();
    await ran();
    await page.getByTestId("earned").getByText("my weights").first().waitFor();
    const run = await digest();
    await download("Save run.yaml");
    const answer = JSON.parse(execFileSync(bin, ["backtest", "--config", "run.yaml"], { cwd: folder, maxBuffer: 1 << 28, timeout: PATIENCE }));
    assert.equal(answer.digest, run);
    assert.ok(answer.strategies.some((strategy) => strategy.strategy === "my weights" && strategy.source === "weights"));
    const without = await running(() => own.getByRole("checkbox").uncheck());
    assert.notEqual(without, run);
    assert.equal(await running(() => own.getByRole("checkbox").check()), run, "in again, it is the run it was");
    await clean();
    assert.deepEqual(complaints, []);
  });

  test("from daily prices: a typed alpha, blended with two built-in ones, ten years on ledgers with costs, and who earned what", async () => {
    await running(() => page.getByLabel("Formula formula", { exact: true }).fill("rank(delta(close, 60) / ts_std(close, 60))"));
    await running(() => page.getByRole("group", { name: "Strategies share the capital by" }).getByRole("button", { name: "Blend" }).click());
    await running(() => page.getByRole("group", { name: "Carried out by" }).getByRole("button", { name: "Weights and ledgers" }).click());
    await running(() => page.getByRole("group", { name: "Years" }).getByRole("button", { name: "10 y" }).click());
    const run = await running(async () => {
      await page.getByLabel("Commission").fill("5");
      await page.keyboard.press("Tab");
    });
    // Both paths agree, three strategies and costs sum to what was earned.
    await page.getByText("Ledgers and weights agree", { exact: true }).waitFor();
    const lines = await page.getByTestId("earned").locator("tbody tr").allInnerTexts();
    for (const name of ["formula", "Low volatility", "Momentum 12-1", "Costs"]) assert.ok(lines.some((line) => line.toLowerCase().includes(name.toLowerCase())), `${name} in ${lines}`);
    const number = (text) => Number(text.split(/\t|\n/).at(-1).replace(/[^\d.−-]/g, "").replace("−", "-"));
    assert.ok(Math.abs(lines.reduce((sum, line) => sum + number(line), 0) - number(await total())) <= lines.length);
    const sheet = readFileSync(await download("Export tear sheet"), "utf8");
    assert.ok(sheet.includes(run) && !/(src|href)="https?:/.test(sheet), "of this run, and it needs no network");
    await download("Save run.yaml");
    await download("Prices, CSV");
    const answer = JSON.parse(execFileSync(bin, ["backtest", "--config", "run.yaml"], { cwd: folder, maxBuffer: 1 << 28, timeout: PATIENCE }));
    assert.equal(answer.digest, run);
    assert.ok(answer.ledgers.agrees && answer.ledgers.conserved);
    const years = answer.curve.date.at(-1).slice(0, 4) - answer.curve.date[0].slice(0, 4);
    assert.equal(years, 10);
    assert.deepEqual(complaints, []);
  });

  test("without prices it says what to add, and the sample is a press away", async () => {
    await page.goto(new URL("#/data", server.url).href);
    await page.getByTestId("files").setInputFiles(join(files, "signals.csv"));
    await page.goto(new URL("#/backtest", server.url).href);
    await page.getByTestId("no-prices").waitFor();
    await page.getByRole("button", { name: "Use the sample in place of my files" }).click();
    await page.getByTestId("no-prices").waitFor({ state: "detached" });
    await ran();
  });
});

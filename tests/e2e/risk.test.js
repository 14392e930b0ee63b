// The Risk view as a risk officer meets it: the real server, the real browser, and the command line beside it.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { allocator, browser, fresh, results, serve, tab, violations } from "./harness.js";

let server;
let chrome;
let context;
let page;
let complaints;

before(async () => {
  server = await serve();
  chrome = await browser();
});

after(async () => {
  await chrome?.close();
  await server?.stop();
});

/** Opens the view on the sample and waits for its audit. */
async function open(options = {}) {
  await context?.close();
  context = await fresh(chrome, { reducedMotion: "reduce", ...options });
  ({ page, complaints } = await tab(context, `${server.url}#/risk`));
  await page.getByTestId("audit-digest").waitFor({ state: "attached" });
}

beforeEach(() => open());

const digest = () => page.getByTestId("audit-digest").textContent();
const picture = (name) => page.screenshot({ path: join(results, `${name}.png`), fullPage: false });
/** Waits for another digest than the one given, and for the audit to be at rest. */
async function another(old) {
  await page.waitForFunction(
    (old) => {
      const now = document.querySelector("[data-testid=audit-digest]")?.textContent;
      return now && now !== old && document.querySelector("[data-testid=risk-lanes]")?.getAttribute("aria-busy") === "false";
    },
    old,
  );
  return digest();
}

async function save(button) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: button, exact: true }).click()]);
  const path = join(results, file.suggestedFilename());
  await file.saveAs(path);
  return path;
}

/** Entries of an archive whose files are stored as they are: name to bytes. */
function entries(archive) {
  const end = archive.length - 22;
  assert.equal(archive.readUInt32LE(end), 0x06054b50);
  const found = new Map();
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const length = archive.readUInt16LE(at + 28);
    const name = archive.toString("utf8", at + 46, at + 46 + length);
    const local = archive.readUInt32LE(at + 42);
    const data = local + 30 + archive.readUInt16LE(local + 26);
    found.set(name, archive.subarray(data, data + archive.readUInt32LE(at + 24)));
    at += 46 + length;
  }
  return found;
}

/** A desk of its own: three assets over 760 weekdays with a crash, and weekly weights. Nothing of it ships with the page. */
function desk() {
  const day = new Date("2019-09-02T00:00:00Z");
  let [returns, weights] = ["date,ALU,BRT,CUX\n", "date,ALU,BRT,CUX\n"];
  let seed = 20_191;
  const noise = () => ((seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648 - 0.5);
  for (let i = 0; i < 760; i++) {
    const wild = i >= 300 && i < 345;
    const common = noise() * (wild ? 0.05 : 0.006) - (wild ? 0.006 : -0.0006);
    const date = day.toISOString().slice(0, 10);
    const cells = [0, 1, 2].map(() => (common + noise() * (wild ? 0.01 : 0.014)).toFixed(6));
    returns += `${date},${cells.join(",")}\n`;
    if (day.getUTCDay() === 5) weights += `${date},0.5,${(0.2 + 0.1 * Math.sin(i / 40)).toFixed(4)},0.25\n`;
    day.setUTCDate(day.getUTCDate() + (day.getUTCDay() === 5 ? 3 : 1));
  }
  return { returns, weights };
}

const own = desk();
const text = (name, body) => ({ name, mimeType: "text/csv", buffer: Buffer.from(body) });

/** Loads the desk in the Data view and comes back to an audit of it. */
async function load() {
  const sample = await digest();
  await page.evaluate(() => (location.hash = "#/data"));
  await page.getByTestId("files").setInputFiles([text("desk_returns.csv", own.returns), text("desk_weights.csv", own.weights)]);
  await page.locator('[data-testid=file-list] [data-file="desk_weights.csv"]').waitFor();
  await page.evaluate(() => (location.hash = "#/risk"));
  await page.locator("[data-testid=risk-lanes] .scope", { hasText: "loaded weights on loaded returns" }).waitFor();
  return another(sample);
}

describe("risk", () => {
  test("an audit is shown, changed by keyboard, and taken back", async () => {
    const first = await digest();
    assert.match(await page.getByTestId("overall").innerText(), /^(PASS|CAUTION|FAIL)$/);
    assert.ok((await page.locator("[data-testid=rules] li").count()) >= 10);
    assert.equal(await page.locator("[data-testid=figures] tbody tr").count(), 6);
    await page.locator(".risk-stack canvas").nth(6).waitFor();
    await picture("risk-dark");
    const slider = page.getByRole("slider", { name: "Volatility acceleration, slider" });
    await slider.focus();
    await page.keyboard.press("Shift+ArrowLeft");
    const second = await another(first);
    assert.equal(await page.getByRole("textbox", { name: "Volatility acceleration", exact: true }).inputValue(), "1.20");
    await page.keyboard.press("Control+z");
    assert.equal(await another(second), first, "the same question has the same digest");
    assert.deepEqual(complaints, []);
  });

  test("a view that is left while its charts are being drawn leaves nothing behind", async () => {
    await context.close();
    context = await fresh(chrome);
    page = await context.newPage();
    let release;
    const held = new Promise((done) => (release = done));
    let asked = 0;
    await context.route("**/charts/**", async (route) => {
      asked += 1;
      await held;
      await route.continue();
    });
    complaints = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(`${server.url}#/risk`);
    await page.locator("[data-testid=risk-lanes] .chart-sheet").first().waitFor();
    await page.waitForTimeout(200);
    assert.ok(asked > 0);
    await page.evaluate(() => (location.hash = "#/data"));
    await page.locator('.page[data-view="data"]').waitFor();
    release();
    await page.waitForTimeout(1_500);
    assert.deepEqual(complaints, []);
  });

  test("everything is exported, and the command line repeats it to the same digest", async () => {
    const shown = await digest();
    const archive = entries(readFileSync(await save("Export the audit")));
    for (const name of [
      "audit.json", "request.json", "two_pass_comparison.md", "two_pass_comparison.json", "allocator_state_v1.csv", "allocator_state_v1.arrow",
      "allocator_regime_v1_meta.json", "allocator_risk_v1.csv", "allocator_risk_v1_applied.csv", "weights_raw.csv", "weights_scaled.csv",
      "allocator_scalars_at_rebalances.csv", "allocator_precomputed_meta.json", "allocator_risk_v1_applied_source.csv", "allocator_risk_v1_applied_used.csv",
    ]) assert.ok(archive.has(name), name);
    assert.equal(JSON.parse(archive.get("audit.json")).digest, shown);
    const request = await save("Save the request");
    assert.deepEqual(readFileSync(request), Buffer.from(archive.get("request.json")));
    assert.equal(JSON.parse(await allocator("audit", "--in", request)).digest, shown);
  });

  test("loaded returns and weights: read, exported whole, and repeated from the files to the same digest", async () => {
    const shown = await load();
    assert.match(await page.getByTestId("overall").innerText(), /^(PASS|CAUTION|FAIL)$/);
    assert.match(await page.getByTestId("luck").innerText(), /of 1000 resamples/);
    assert.equal(await page.locator("[data-testid=rules] li").count(), 13);
    await page.locator(".risk-stack canvas").nth(6).waitFor();
    await picture("risk-loaded");
    const path = await save("Export the audit");
    const archive = entries(readFileSync(path));
    assert.equal(JSON.parse(archive.get("audit.json")).digest, shown);
    assert.ok(archive.get("weights_raw.csv").toString().startsWith("date,ALU,BRT,CUX\n2019-09-06,0.5,"));
    // From the two files, with the one setting in which the page differs from the defaults.
    const folder = mkdtempSync(join(tmpdir(), "allocator-risk-"));
    writeFileSync(join(folder, "r.csv"), own.returns);
    writeFileSync(join(folder, "w.csv"), own.weights);
    const out = join(folder, "base");
    const said = await allocator("audit", "--returns", join(folder, "r.csv"), "--weights", join(folder, "w.csv"), "--set", "bootstrap.confidence=0.95", "--arrow", "--out", out);
    assert.ok(said.trimEnd().endsWith(`digest ${shown}`), said);
    assert.deepEqual(readdirSync(out).sort(), [...archive.keys()].sort());
    // Arrow is packed, and the packer chooses other blocks in 32 bits; what is in it is what the text beside it says.
    const plain = [...archive.keys()].filter((name) => !name.endsWith(".arrow"));
    for (const name of plain) assert.deepEqual(readFileSync(join(out, name)), Buffer.from(archive.get(name)), name);
    assert.deepEqual(complaints, []);
  });

  test("the file of an earlier run scales this one, or says why not", async () => {
    await load();
    const archive = entries(readFileSync(await save("Export the audit")));
    const [table, meta] = ["allocator_risk_v1_applied.csv", "allocator_risk_v1_applied_meta.json"].map((name) => text(name, archive.get(name)));
    const computed = await page.getByTestId("figures").innerText();
    await page.getByRole("button", { name: "From file" }).click();
    const choose = (...files) => page.getByLabel("Scalars of an earlier run").setInputFiles(files);
    const says = (words) => page.getByTestId("file-says").filter({ hasText: words }).waitFor();
    await says("Choose allocator_risk_v1_applied.csv");
    await choose(table, meta);
    await says(/\d+ of \d+ rebalances scaled/);
    await page.getByRole("button", { name: "Export the run from file" }).waitFor();
    // The same weights under the same scalars: figure by figure the pass that was computed; only its intervals are not there.
    await page.waitForFunction(() => document.querySelector("[data-testid=figures]").innerText.includes("none"));
    const figures = (words) => words.split("\n").slice(1).map((line) => line.split("\t").slice(0, 4).join(" "));
    assert.deepEqual(figures(await page.getByTestId("figures").innerText()), figures(computed));
    await picture("risk-from-file");
    const run = entries(readFileSync(await save("Export the run from file")));
    assert.deepEqual(run.get("allocator_risk_v1_applied_source.csv"), archive.get("allocator_risk_v1_applied.csv"));
    assert.deepEqual(run.get("weights_scaled.csv"), archive.get("weights_scaled.csv"));
    const request = join(results, "risk-from-file.json");
    writeFileSync(request, run.get("request.json"));
    assert.equal(JSON.parse(await allocator("risk", "--in", request)).digest, JSON.parse(run.get("risk.json")).digest);
    // Every refusal leaves nothing of the file before on the page.
    const refusal = page.locator(".inputs .refusal");
    const rows = archive.get("allocator_risk_v1_applied.csv").toString().trimEnd().split("\n");
    for (const [wrong, words] of [
      [[table], /_meta\.json/],
      [[text(table.name, rows.slice(0, -1).join("\n") + "\n"), meta], /was written with|not the one/],
      [[text(table.name, [rows[0], ...rows.slice(1).reverse()].join("\n") + "\n"), meta], /comes after/],
      [[text(table.name, "not,a\nfile of,scalars\n"), meta], /risk_scalar_applied/],
    ]) {
      await choose(...wrong);
      await refusal.filter({ hasText: words }).waitFor();
      await page.getByRole("button", { name: "Export the run from file" }).waitFor({ state: "detached" });
      assert.match(await page.getByTestId("file-says").innerText(), /^allocator_risk_v1_applied\.csv$/);
      assert.equal(await page.getByTestId("figures").innerText(), computed, "the computed pass stands in its place");
    }
    await picture("risk-file-refused");
    await choose(meta);
    await page.getByTestId("file-wrong").filter({ hasText: "There is no CSV" }).waitFor();
    await choose(table, meta);
    await says(/\d+ of \d+ rebalances scaled/);
    assert.deepEqual(complaints, []);
  });

  test("sleeves and protection are set, shown, exported and taken back", async () => {
    const first = await load();
    await page.getByRole("button", { name: "Add a sleeve" }).click();
    const panel = page.getByTestId("sleeves");
    let now = await another(first);
    await panel.getByRole("checkbox", { name: "BRT" }).check();
    now = await another(now);
    await page.getByRole("slider", { name: "Sensitivity, slider" }).focus();
    await page.keyboard.press("Home");
    now = await another(now);
    await panel.getByText(/^0 of \d+ rebalances scaled, mean 1\.00, lowest 1\.00\.$/).waitFor();
    await panel.getByRole("textbox", { name: "Name of the sleeve" }).fill("still");
    await page.keyboard.press("Enter");
    now = await another(now);
    await panel.getByRole("checkbox", { name: "Thresholds of its own" }).check();
    await panel.getByRole("slider", { name: "Volatility acceleration, slider" }).waitFor();
    now = await another(now);
    await page.getByLabel("Try puts on the portfolio in Stress and Crisis").check();
    await page.getByTestId("protection").waitFor();
    now = await another(now);
    assert.match(await page.getByTestId("protection").innerText(), /(Adopted|Off)[^]*Without[^]*premium [\d.]+ % and payoff [\d.]+ % of equity a year/);
    await picture("risk-sleeves");
    const archive = entries(readFileSync(await save("Export the audit")));
    assert.ok(archive.get("allocator_risk_v1_sleeve_scalars.csv").toString().startsWith("date,still\n"));
    const audit = JSON.parse(archive.get("audit.json"));
    assert.equal(audit.digest, now);
    assert.ok(audit.convexity.pieces.length > 0);
    assert.match(archive.get("two_pass_comparison.md").toString(), /## Sleeves[^]*\| still \|[^]*## Protection/);
    const [raw, scaled] = ["weights_raw.csv", "weights_scaled.csv"].map((name) => archive.get(name).toString().split("\n").map((line) => line.split(",")[2]));
    assert.deepEqual(scaled, raw, "the sleeve is left alone");
    for (let changes = 6; changes > 0; changes--) await page.keyboard.press("Control+z");
    assert.equal(await another(now), first);
    assert.deepEqual(complaints, []);
  });

  test("a lane is saved as PNG and as SVG", async () => {
    for (const lane of ["Equity", "Regime", "Exposure", "Drawdown slope"]) {
      await page.locator(`[data-chart="${lane}"]`).hover();
      const png = readFileSync(await save(`${lane}: save as PNG`));
      assert.deepEqual([...png.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], lane);
      assert.ok(png.readUInt32BE(16) > 400 && png.readUInt32BE(20) > 60, `${lane}: ${png.readUInt32BE(16)} × ${png.readUInt32BE(20)}`);
      const svg = readFileSync(await save(`${lane}: save as SVG`), "utf8");
      assert.match(svg, /^<svg[^]*<\/svg>\s*$/, lane);
      assert.doesNotMatch(svg, /var\(--/, "colours stand in the picture, not names of them");
      assert.ok((svg.match(/<(path|rect|polyline|line)\b/g) ?? []).length > 2, lane);
    }
    assert.deepEqual(complaints, []);
  });

  test("a phone keeps the number of the view in reach", async () => {
    await open({ viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true });
    const dock = page.getByRole("region", { name: "In reach" });
    const slider = dock.getByRole("slider", { name: "Volatility acceleration, slider" });
    const first = await digest();
    await slider.focus();
    await page.keyboard.press("Shift+ArrowLeft");
    await another(first);
    await page.evaluate(() => (location.hash = "#/blend"));
    await dock.getByRole("slider", { name: /^Strategy cap/ }).waitFor();
    await page.evaluate(() => (location.hash = "#/backtest"));
    await dock.waitFor({ state: "detached" });
  });

  for (const [name, options] of [
    ["dark", { colorScheme: "dark" }],
    ["light", { colorScheme: "light" }],
    ["1280", { colorScheme: "light", viewport: { width: 1280, height: 800 } }],
    ["1024", { colorScheme: "dark", viewport: { width: 1024, height: 768 } }],
    ["phone", { colorScheme: "light", viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true }],
  ]) {
    test(`axe finds nothing and nothing is cut off, ${name}`, async () => {
      await open(options);
      const inspect = async (what) => {
        assert.deepEqual(await violations(page, { rules: { "label-content-name-mismatch": { enabled: false } } }), [], what);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(wide, 0, what);
      };
      await page.locator(".risk-stack canvas").nth(6).waitFor();
      await inspect("lanes");
      await picture(`risk-${name}`);
      if (name === "dark") {
        await page.getByTestId("tuning").getByRole("button", { name: "Search" }).click();
        await page.getByTestId("tuning-advice").waitFor();
        await inspect("tuning");
        await page.keyboard.press("t");
        await page.getByRole("region", { name: "Risk by date, table" }).waitFor();
        await inspect("table");
        await picture("risk-table");
      }
    });
  }
});

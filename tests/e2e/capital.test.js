// The Capital view as a portfolio manager meets it, by keyboard and by mouse.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import axe from "axe-core";
import { PATIENCE, browser, results, serve } from "./harness.js";

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

beforeEach(async () => {
  await context?.close();
  context = await chrome.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true });
  page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  complaints = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(new URL("#/capital", server.url).href);
  await page.locator("[data-testid=capital-methods] tbody tr").first().waitFor();
  await page.locator("[data-testid=capital-digest][data-digest]:not([data-digest=''])").waitFor();
});

const digest = () => page.getByTestId("capital-digest").getAttribute("data-digest");
const other = (former) =>
  page.waitForFunction((old) => ![old, "", null].includes(document.querySelector("[data-testid=capital-digest]")?.dataset.digest), former);

test("a method is chosen and used, an edge is moved as far as limits let it, and axe finds nothing", async () => {
  const fresh = await digest();
  await page.getByRole("radio", { name: "Equal risk contribution" }).check();
  await other(fresh);
  const erc = await digest();
  await page.getByRole("button", { name: "Use Equal risk contribution" }).click();
  await page.locator("[data-method=erc] .chip", { hasText: "in use" }).waitFor();
  assert.equal(await digest(), erc, "what is in use does not change the split");

  const edge = page.locator(".what-if-bar .handle").first();
  await edge.focus();
  const before = Number(await edge.getAttribute("aria-valuenow"));
  await page.keyboard.press("Shift+ArrowRight");
  await page.waitForFunction((before) => Number(document.querySelector(".what-if-bar .handle").getAttribute("aria-valuenow")) > before, before);
  await page.keyboard.press("End");
  await page.waitForFunction(() => /is at its (maximum|minimum) of/.test(document.querySelector("[data-testid=what-if-said]").innerText));
  const moved = page.locator("[data-testid=what-if-figures] dd").last();
  await page.waitForFunction(() => Number(document.querySelector("[data-testid=what-if-figures] div:last-child dd").innerText) > 1);
  await page.getByRole("button", { name: "Back to the method" }).click();
  await page.waitForFunction(() => Number(document.querySelector("[data-testid=what-if-figures] div:last-child dd").innerText) === 0);
  assert.equal(await moved.innerText(), "0.00");

  await page.locator("[data-testid=frontier] canvas, [data-testid=frontier] svg").first().waitFor();
  await page.evaluate(axe.source);
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  assert.deepEqual(found.violations.map((rule) => `${rule.id}: ${rule.nodes.map((node) => node.target.join(" ")).join("; ")}`), []);
  await page.screenshot({ path: join(results, "capital.png") });

  const blend = await page.getByTestId("digest").first().getAttribute("data-digest");
  await page.getByTestId("capital-against").getByRole("button", { name: "Use in the blend" }).click();
  await page.waitForFunction((old) => document.querySelector("[data-testid=digest]").dataset.digest !== old, blend);
  await page.keyboard.press("Control+z");
  await page.waitForFunction((old) => document.querySelector("[data-testid=digest]").dataset.digest === old, blend);
  assert.deepEqual(complaints, []);
});

// A real browser around a suite's tests.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

export const wide = { width: 1280, height: 800 };
export const narrow = { width: 360, height: 700 };

/** Starts the browser before a file's tests and ends it after them; the answer runs a test on a page of it. */
export function useBrowser(suite) {
  let browser;
  before(async () => {
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    });
  });
  after(async () => { await browser?.close(); });

  /** Runs a test with a page in a fresh profile; afterwards nothing may have left the server's origin or been reported as an error. */
  return function onPage(name, viewport, run, expectedErrors = []) {
    test(name, async () => {
      const { server } = suite;
      const context = await browser.newContext({ viewport, permissions: ["clipboard-read", "clipboard-write"] });
      const [strangers, errors] = [[], []];
      context.on("request", (request) => {
        const { origin, protocol } = new URL(request.url());
        if (origin !== server.url && protocol !== "data:") {
          strangers.push(request.url());
        }
      });
      try {
        const page = await context.newPage();
        page.setDefaultTimeout(15_000);
        page.on("pageerror", (error) => errors.push(error.message));
        page.on("console", (message) => {
          if (["error", "warning"].includes(message.type()) && !expectedErrors.some((expected) => expected.test(message.text()))) {
            errors.push(message.text());
          }
        });
        await run(page, server);
      } finally {
        await context.close();
      }

      assert.deepEqual(strangers, [], "requests to other origins");
      assert.deepEqual(errors, [], "errors in the console");
    });
  };
}

/** What of the fields and buttons that are seen has too little contrast: borders below 3:1 against what is inside, placeholders below 4.5:1 (WCAG 1.4.11, 1.4.3). */
export const faint = (page) => page.evaluate(() => {
  const channelsOf = (color) => color.match(/[\d.]+/g).map(Number);
  const light = ([...rgb]) => rgb.slice(0, 3).map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (a, b) => {
    const [x, y] = [light(channelsOf(a)), light(channelsOf(b))].sort((m, n) => n - m);
    return (x + 0.05) / (y + 0.05);
  };
  const found = [];
  for (const element of document.querySelectorAll("input, select, button:not(.primary, .quiet)")) {
    const style = getComputedStyle(element);
    // A border that is not there, and colours that are not plain ones, are not for this.
    if (element.checkVisibility() && channelsOf(style.borderColor)[3] !== 0 && channelsOf(style.backgroundColor)[3] !== 0) {
      const [border, text] = [contrast(style.borderColor, style.backgroundColor), contrast(getComputedStyle(element, "::placeholder").color, style.backgroundColor)];
      if (border < 3 || (element.placeholder && (text < 4.5 || getComputedStyle(element, "::placeholder").opacity !== "1"))) {
        found.push(`${element.id || element.textContent}: ${border.toFixed(2)} ${text.toFixed(2)}`);
      }
    }
  }
  return found;
});

/** How much wider than the window the page is. */
export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

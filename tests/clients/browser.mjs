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

/** How much wider than the window the page is. */
export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

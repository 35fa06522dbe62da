// How long the least challenge takes in a browser: node solve-time.mjs. Prints microseconds for each number that is tried, as ALTCHA's widget tries them, and what that makes of 10,000,
// which is the average of the least effort. A slow phone is the browser with its processor throttled, six times being what Chromium's own tools call a low-tier phone.
import { createServer } from "node:http";
import { chromium } from "playwright-core";

const tries = 5_000;
const server = createServer((_, response) => response.setHeader("Content-Type", "text/html").end("<p>")).listen(0, "127.0.0.1");
await new Promise((listening) => { server.on("listening", listening); });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${server.address().port}/`);
const tools = await page.context().newCDPSession(page);

/** Runs in the browser: no number fits, so all are tried. */
const attempt = async (count) => {
  const encoder = new TextEncoder();
  const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const begun = performance.now();
  for (let number = 0; number < count; number++) {
    if (hex(await crypto.subtle.digest("SHA-256", encoder.encode(`0123456789abcdef01234567?expires=1772366400&effort=0&${number}`))) === "none") {
      break;
    }
  }

  return ((performance.now() - begun) / count) * 1000;
};

for (const rate of [1, 4, 6]) {
  await tools.send("Emulation.setCPUThrottlingRate", { rate });
  await page.evaluate(attempt, tries / 5);
  const each = await page.evaluate(attempt, tries);
  console.log(`processor / ${rate}: ${each.toFixed(1)} us each, ${(each / 100).toFixed(2)} s for 10,000`);
}

await browser.close();
server.close();

// The pages that need no sign-in, in a real browser.
import assert from "node:assert/strict";
import { narrow, overflow, useBrowser } from "./browser.mjs";
import { useServer } from "./suite.mjs";

const suite = useServer();
const onPage = useBrowser(suite);

onPage("no page of an error scrolls sideways, however narrow the window is", { width: 320, height: 700 }, async (page, server) => {
  const { errors } = await (await server.fetch("/admin/v1/errors")).json();
  const tooWide = [];

  for (const path of ["", ...errors.map(({ name }) => `/${name}`), "/twilio:30003", `/${"x".repeat(64)}`]) {
    await page.goto(`${server.url}/admin/v1/errors${path}`);
    if (await overflow(page) > 0) {
      tooWide.push(path);
    }
  }

  assert.deepEqual(tooWide, []);
}, [/404/]);

onPage("who mistypes a page finds the others", narrow, async (page, server) => {
  await page.goto(`${server.url}/consol/${"x".repeat(80)}`);
  assert.ok(await overflow(page) <= 0);

  await page.getByRole("link", { name: "Console" }).click();

  await page.getByRole("heading", { name: "Sign in" }).waitFor();
}, [/404/]);

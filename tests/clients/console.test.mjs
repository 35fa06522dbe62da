// The operators' console in a real browser.
import assert from "node:assert/strict";
import { narrow, overflow, useBrowser, wide } from "./browser.mjs";
import { nothingLeaks, useServer } from "./suite.mjs";

const suite = useServer();
const onPage = useBrowser(suite);


async function signIn(page, { url, account, token }) {
  await page.goto(`${url}/console`);
  await page.getByLabel("Account SID").fill(account);
  await page.getByLabel("Auth Token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Services" }).waitFor();
}

async function lookUp(page, name) {
  await page.getByLabel("Service", { exact: true }).selectOption(suite.server.service);
  await page.getByLabel("Phone number or verification SID").fill(name);
  await page.getByRole("button", { name: "Look up" }).click();
}

onPage("an operator sees what became of a verification, its number masked, and cancels it", wide, async (page, server) => {
  const number = server.number();
  const { sid } = await server.client().verify.v2.services(server.service).verifications.create({ to: number, channel: "sms" });
  await server.messageTo(number);
  await signIn(page, server);

  await lookUp(page, number);
  const verdict = page.locator(".verdict");
  await verdict.getByText("waits to be typed").waitFor();
  assert.ok(!(await page.locator("main").innerText()).includes(number), "the number is masked until it is asked for");
  await verdict.getByRole("button", { name: "Show" }).click();
  await verdict.getByText(number).waitFor();
  await verdict.getByRole("button", { name: "Cancel" }).click();
  await verdict.getByText("The application cancelled it.").waitFor();

  await lookUp(page, sid);
  await verdict.getByText("The application cancelled it.").waitFor();
});

onPage("a number where nothing is pending is explained", wide, async (page, server) => {
  await signIn(page, server);

  await lookUp(page, server.number());

  await page.getByText("has no verification of that SID or number").waitFor();
}, [/404/]);

onPage("a service is made, and a name that may not be is refused in words", wide, async (page, server) => {
  await signIn(page, server);

  await page.getByLabel("Name of a new service").fill("Acme Bank");
  await page.getByRole("button", { name: "Create service" }).click();
  await page.getByRole("cell", { name: "Acme Bank" }).waitFor();
  await page.getByLabel("Name of a new service").fill("call 555 0188");
  await page.getByRole("button", { name: "Create service" }).click();

  await page.getByRole("alert").getByText("four digits at most").waitFor();
}, [/400/]);

onPage("wrong credentials are refused, and the page fits a narrow window", narrow, async (page, server) => {
  await page.goto(`${server.url}/console`);
  await page.getByLabel("Account SID").fill(server.account);
  await page.getByLabel("Auth Token").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("not right").waitFor();

  await signIn(page, server);

  assert.ok(await overflow(page) <= 0);
}, [/401/]);

nothingLeaks(suite);

// Nothing is asked of anybody but this server: no fonts, no proxy, no telemetry, no assistant.
const server = new URL("..", location.href).href.replace(/\/$/, "");

// Scalar's own examples write "Basic username:password" into the header, which is not what Basic credentials are. Each operation gets one that can be pasted.
function curl(path, method, operation) {
  const isOpen = operation.security?.length === 0;
  const isImplied = method === "get" || (method === "post" && operation.requestBody);
  const lines = [
    "curl" + (isOpen ? "" : ' -u "$ACCOUNT_SID:$AUTH_TOKEN"') + (isImplied ? "" : ` -X ${method.toUpperCase()}`),
    `'${server}${path}'`,
    ...(operation.requestBody ? ["--json @body.json"] : []),
  ];
  return { lang: "shell", label: "curl", source: lines.join(" \\\n  ") };
}

const answer = await fetch("../openapi/admin.json");
const described = await answer.json();
for (const [path, item] of Object.entries(described.paths))
  for (const method of ["get", "put", "post", "delete", "patch"])
    if (item[method]) item[method]["x-codeSamples"] = [curl(path, method, item[method])];

Scalar.createApiReference("#reference", {
  content: described,
  // This server as the browser knows it, so that examples name it.
  servers: [{ url: server }],
  hiddenClients: true,
  withDefaultFonts: false,
  telemetry: false,
  // To be read only. What would show answers writes styles that this page's policy refuses, and credentials belong into no page that can do without.
  hideTestRequestButton: true,
  hideClientButton: true,
  persistAuth: false,
  showDeveloperTools: "never",
  agent: { disabled: true },
  mcp: { disabled: true },
});

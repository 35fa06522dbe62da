// Nothing is asked of anybody but this server: no fonts, no proxy, no telemetry, no assistant.
Scalar.createApiReference("#reference", {
  url: "../openapi/admin.json",
  // This server as the browser knows it, so that examples name it.
  servers: [{ url: new URL("..", location.href).href.replace(/\/$/, "") }],
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

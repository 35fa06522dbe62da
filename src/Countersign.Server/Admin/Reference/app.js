// Nothing is asked of anybody but this server: no fonts, no proxy, no telemetry, no assistant.
Scalar.createApiReference("#reference", {
  url: "../openapi/admin.json",
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  persistAuth: false,
  showDeveloperTools: "never",
  agent: { disabled: true },
  mcp: { disabled: true },
});

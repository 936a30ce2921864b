// Opens Swagger UI on this server's own document. `validatorUrl: null` keeps it from asking
// a validator elsewhere; the token that a reader types in is kept in memory only.
window.SwaggerUIBundle({
  url: "/api/docs/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  layout: "BaseLayout",
  persistAuthorization: false,
  presets: [window.SwaggerUIBundle.presets.apis],
  validatorUrl: null,
});

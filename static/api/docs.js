"use strict";

// Shows the OpenAPI file of the same origin; nothing is fetched from anywhere else.
const place = document.getElementById("swagger-ui");
window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.schemaUrl,
  deepLinking: true,
  validatorUrl: null,
  presets: [window.SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  defaultModelsExpandDepth: 0,
});

// Renders the description of the intake API. It sends no request to the API: "try it out" is off.
(() => {
  "use strict";
  const place = document.querySelector("[data-api]");
  if (!place || !window.SwaggerUIBundle) return;
  window.SwaggerUIBundle({
    url: place.dataset.api, domNode: place, deepLinking: true, supportedSubmitMethods: [], defaultModelsExpandDepth: 0,
    validatorUrl: null, tryItOutEnabled: false,
  });
})();

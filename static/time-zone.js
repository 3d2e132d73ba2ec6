// Tells the server the time zone of the browser, so that pages show the reader's time. Without it they show UTC.
(() => {
  "use strict";
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone) return;
  const secure = location.protocol === "https:";
  const name = secure ? "__Host-time_zone" : "time_zone";
  document.cookie = `${name}=${zone}; Path=/; Max-Age=31536000; SameSite=Lax${secure ? "; Secure" : ""}`;
})();

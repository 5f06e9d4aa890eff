// Tells the server for how long a page was visible and in focus.
// <script src="/beacon.js" data-view="the ID of the page view" defer></script>
(function () {
  "use strict";
  var script = document.currentScript, view = script.dataset.view, url = script.src;
  var total = 0, since = null, sent = -1; // milliseconds
  if (!view || !navigator.sendBeacon) return;

  function count() {
    var now = performance.now();
    if (since !== null) total += now - since;
    since = document.visibilityState === "visible" && document.hasFocus() ? now : null;
  }

  // The sum so far, so that one that is lost does no harm.
  function send() {
    count();
    var sum = Math.round(total);
    if (sum > sent && navigator.sendBeacon(url, JSON.stringify({view: view, milliseconds: sum}))) sent = sum;
  }

  count();
  window.addEventListener("focus", count);
  window.addEventListener("blur", count);
  window.addEventListener("pageshow", count);
  window.addEventListener("pagehide", send);
  document.addEventListener("visibilitychange", function () {
    if (document.visibilityState === "hidden") send(); else count();
  });
})();

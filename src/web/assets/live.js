// Refreshes the live parts of a page in place when something was committed. Pages work without it.
"use strict";
(() => {
  const badge = document.getElementById("live-state");
  let seen = document.body.dataset.change;
  let wanted = seen;
  let source = null;
  let busy = false;

  const key = (element) => element && element.id ? "#" + CSS.escape(element.id) : null;

  function replace(fresh) {
    for (const now of document.querySelectorAll("[data-live]")) {
      const next = fresh.getElementById(now.id);
      if (!next || next.innerHTML === now.innerHTML) continue;
      const focused = now.contains(document.activeElement) ? key(document.activeElement) : null;
      now.replaceChildren(...next.childNodes);
      if (focused) document.querySelector(focused)?.focus({ preventScroll: true });
    }
  }

  async function refresh() {
    if (busy || document.hidden || wanted === seen) return;
    // What a reader has marked stays marked: try again when the selection is gone.
    if (String(getSelection()).length > 0) { setTimeout(refresh, 1000); return; }
    busy = true;
    const began = performance.now();
    const aim = wanted;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (answer.ok) {
        replace(new DOMParser().parseFromString(await answer.text(), "text/html"));
        seen = aim;
      }
    } catch { /* the stream will say when we are back */ }
    // A slow page is asked for less often: at most a quarter of the time is spent on it.
    setTimeout(() => { busy = false; refresh(); }, Math.max(500, 3 * (performance.now() - began)));
  }

  function listen() {
    if (source || document.hidden) return;
    source = new EventSource("/updates");
    source.onopen = () => { badge.textContent = "● " + badge.dataset.liveOn; };
    source.onerror = () => { badge.textContent = "○ " + badge.dataset.paused; };
    source.onmessage = (event) => { wanted = event.data; refresh(); };
  }

  // A hidden page holds no connection: a browser has only six for us.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && source) { source.close(); source = null; }
    listen();
  });
  addEventListener("pagehide", () => { source?.close(); source = null; });
  addEventListener("pageshow", listen);
  listen();
})();

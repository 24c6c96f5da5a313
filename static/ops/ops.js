// What every page has: keys, clock, ages, copy, theme and density without a reload. All of ours lives under `ops`.
"use strict";
window.ops = {};
(() => {
  const one = (selector) => document.querySelector(selector);
  ops.one = one;

  // The answer to a request of ours, or an Error whose `status` says what the server answered (0: no answer).
  ops.ask = async (address, { method = "GET", target = "", body = null } = {}) => {
    const headers = { "X-CSRFToken": document.body.dataset.csrf };
    if (target) Object.assign(headers, { "HX-Request": "true", "HX-Target": `div#${target}` });
    let answer = null;
    try {
      answer = await fetch(address, { method, headers, body, credentials: "same-origin" });
    } catch {
      throw Object.assign(new Error("no answer"), { status: 0 });
    }
    if (!answer.ok || answer.redirected) {
      throw Object.assign(new Error(`answered ${answer.status}`), { status: answer.redirected ? 401 : answer.status });
    }
    return answer;
  };

  // Reads the part `target` of `address` anew and morphs it in: boxes, typed text and focus stay.
  ops.reread = async (address, target) => {
    const text = await (await ops.ask(address, { target })).text();
    await htmx.swap({ text, target: `#${target}`, sourceElement: document.body, swap: "outerMorph" });
  };

  ops.notice = (text, tone = "", seconds = 0) => {
    const bar = one("#notice");
    bar.className = `banner ${tone}`;
    bar.textContent = text;
    bar.hidden = !text;
    clearTimeout(ops.notice.timer);
    if (text && seconds) ops.notice.timer = setTimeout(() => ops.notice(""), seconds * 1000);
  };

  const clock = () => {
    const face = one("#clock");
    if (face) face.textContent = `${new Date().toISOString().slice(11, 19)} UTC`;
  };
  const ages = () => {
    for (const small of document.querySelectorAll("[data-age]")) {
      const since = Date.parse(small.previousElementSibling?.dateTime);
      const s = Math.max(0, Math.floor((Date.now() - since) / 1000));
      const text = s < 60 ? `${s}s` : s < 3600 ? `${Math.floor(s / 60)}m` : s < 86400 ? `${Math.floor(s / 3600)}h` : `${Math.floor(s / 86400)}d`;
      if (since && small.textContent !== text) small.textContent = text;
    }
  };
  ops.ages = ages;

  // Theme and density change at once; the cookie that keeps them is the server's.
  const prefer = async (event) => {
    const button = event.submitter;
    if (!button) return;
    event.preventDefault();
    const root = document.documentElement;
    const body = new FormData(event.target, button);
    const order = button.name === "theme" ? ["", "light", "dark"] : ["compact", "comfortable"];
    if (button.value) root.dataset[button.name] = button.value;
    else delete root.dataset[button.name];
    button.title = `${button.name === "theme" ? "Theme" : "Density"}: ${button.value || "as the system"}`;
    button.value = order[(order.indexOf(button.value) + 1) % order.length];
    await ops.ask(event.target.action, { method: "POST", body: new URLSearchParams(body), target: "preferences" }).catch(() =>
      ops.notice("The setting could not be kept; it holds until this page is left.", "bad", 5));
  };

  const copy = async (button) => {
    await navigator.clipboard.writeText(button.dataset.copy).then(
      () => ops.notice("Copied.", "ok", 2),
      () => ops.notice("The browser does not allow copying here.", "bad", 4));
  };

  // Keys: none acts while a field has focus, none changes anything by itself.
  const typing = (target) => target.closest?.("input:not([type=checkbox]), select, textarea, dialog[open]");
  const actions = {
    "/": () => one("#search")?.focus(),
    "?": () => one("#keys")?.showModal(),
    "[": () => one("a[rel=prev]")?.click(),
    "]": () => one("a[rel=next]")?.click(),
  };
  ops.onKey = (key, act) => { actions[key] = act; };
  let goes = 0;
  const press = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    if (Date.now() - goes < 1500) {
      goes = 0;
      const link = [...document.querySelectorAll("[data-go]")].find((a) => a.dataset.go === event.key);
      if (link) { event.preventDefault(); link.click(); }
      return;
    }
    if (event.key === "g") { goes = Date.now(); return; }
    const act = actions[event.key];
    if (act && act(event) !== false) event.preventDefault();
  };

  document.addEventListener("DOMContentLoaded", () => {
    clock();
    setInterval(clock, 1000);
    setInterval(ages, 10000);
    document.addEventListener("keydown", press);
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-copy]");
      if (button) copy(button);
    });
    one("#preferences")?.addEventListener("submit", prefer);
    // A double click is one request: the button that sent a form does not send it again.
    document.addEventListener("submit", (event) => {
      if (event.defaultPrevented || event.target.id === "preferences" || event.target.method === "get") return;
      const asked = event.submitter?.dataset.confirm;
      if (asked && !window.confirm(asked)) { event.preventDefault(); return; }
      setTimeout(() => { if (event.submitter) event.submitter.disabled = true; });
    });
    window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  });
})();

// The live list: rows that changed are morphed in place, new ones come on top unless they are held back.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const PAGE_ROWS = 100;
  const list = () => ops.one("#list");
  if (!list()?.dataset.view) return;
  const body = () => ops.one("#rows");
  const ids = () => [...body().children].slice(0, 300).map((row) => row.id.slice(2));
  const address = () => location.pathname + location.search;
  let byKey = false;
  let under = false;
  let chosen = 0;
  let told = false;
  let waiting = 0;
  let drawerTimer = 0;
  let isCut = false; // there are older rows that fit and are not shown
  let refillTimer = 0;
  let wantsRefill = false;

  const isHeld = () => byKey || under || chosen > 0 || list().dataset.newest !== "yes";
  const paint = () => {
    const button = ops.one("#waiting");
    if (button) {
      button.hidden = !waiting;
      button.textContent = `${waiting} new · show`;
    }
    const hold = ops.one("#hold");
    if (hold) hold.setAttribute("aria-pressed", byKey);
  };
  const setHeld = () => {
    const held = isHeld();
    paint();
    if (held === told) return;
    told = held;
    live.send({ op: held ? "FREEZE" : "THAW" });
    if (!held && (waiting || wantsRefill)) show();
  };
  const show = () => { waiting = 0; wantsRefill = false; paint(); return live.refresh(); };

  const older = (row, version) => Number(row.dataset.v || 0) > Number(version || 0);
  const partial = (target, swap, html) => `<hx-partial hx-target="${target}" hx-swap="${swap}">${html}</hx-partial>`;
  const apply = (frame) => {
    const parts = [];
    const fresh = new Map(); // the row it comes before ("" = the end) -> html, in falling order of ids
    const shown = ids();
    for (const [id, version, html] of frame.rows.sort((a, b) => (a[0] < b[0] ? 1 : -1))) {
      const row = document.getElementById(`r-${id}`);
      if (row) {
        if (!older(row, version)) parts.push(partial(`#r-${id}`, "outerMorph", html));
        continue;
      }
      const next = shown.find((other) => other < id) ?? "";
      if (!next && shown.length >= PAGE_ROWS) { isCut = true; continue; }
      fresh.set(next, (fresh.get(next) ?? "") + html);
    }
    for (const [next, html] of fresh) {
      parts.push(next ? partial(`#r-${next}`, "beforebegin", html) : partial("#rows", "beforeend", html));
    }
    if (!parts.length) return;
    htmx.swap({ text: parts.join(""), target: "#rows", sourceElement: document.body, swap: "none" }).then(() => {
      for (const [id] of frame.rows) glow(document.getElementById(`r-${id}`));
      trim();
      ops.ages();
    });
    if (ops.openOrder && frame.rows.some(([id]) => id === ops.openOrder())) followDrawer();
  };
  const glow = (row) => {
    if (!row) return;
    row.classList.remove("flash");
    requestAnimationFrame(() => row.classList.add("flash"));
  };
  const isPinned = (row) => row.matches(":hover, .here, :focus-within") || row.querySelector("input:checked");
  const trim = () => {
    const over = [...body().children].slice(PAGE_ROWS).filter((row) => !isPinned(row));
    for (const row of over) row.remove();
    if (over.length) isCut = true;
    const empty = ops.one("#list .empty");
    if (empty) empty.hidden = body().childElementCount > 0;
  };
  // A row that no longer fits the filter is dimmed and leaves, unless somebody is at it.
  const leave = (id) => {
    const row = document.getElementById(`r-${id}`);
    if (!row) return;
    row.classList.add("gone");
    setTimeout(() => {
      if (!row.classList.contains("gone")) return;
      if (isPinned(row)) leave(id);
      else { row.remove(); trim(); refill(); }
    }, 3000);
  };
  // Rows that left make room for older ones, which only a reading can bring; not while somebody is at the table.
  const refill = () => {
    if (refillTimer || body().childElementCount >= PAGE_ROWS || !(isCut || ops.one("a[rel=next]"))) return;
    refillTimer = setTimeout(() => {
      refillTimer = 0;
      if (isHeld()) wantsRefill = true;
      else show();
    }, 1000);
  };
  const followDrawer = () => {
    if (drawerTimer) return;
    drawerTimer = setTimeout(() => { drawerTimer = 0; ops.readDrawer(); }, 500);
  };
  const counts = (values) => {
    for (const [status, text] of Object.entries(values)) {
      const place = document.querySelector(`[data-count="${status}"]`);
      if (place && place.textContent !== text) place.textContent = text;
    }
  };

  const live = ops.live({
    view: list().dataset.view,
    query: () => location.search.slice(1),
    rows: ids,
    take: (frame) => {
      if (frame.type === "ROWS") { apply(frame); for (const id of frame.gone) leave(id); }
      if (frame.type === "WAITING") { waiting = frame.count; paint(); }
      if (frame.type === "DATA") counts(frame.counts);
    },
    reread: async () => {
      waiting = 0;
      isCut = false;
      told = isHeld();
      await ops.reread(address(), "list");
      if (told) live.send({ op: "FREEZE" });
      paint();
    },
  });

  document.addEventListener("ops:selection", (event) => { chosen = event.detail; setHeld(); });
  document.addEventListener("pointerover", (event) => {
    const now = Boolean(event.target.closest?.("#rows"));
    if (now !== under) { under = now; setHeld(); }
  });
  document.addEventListener("pointerleave", () => { under = false; setHeld(); });
  document.addEventListener("click", (event) => {
    if (event.target.closest("#waiting")) show();
    if (event.target.closest("#hold")) { byKey = !byKey; setHeld(); }
  });
  ops.onKey("f", () => { byKey = !byKey; setHeld(); });
});

// Tables of rows: a cursor for the keyboard, a selection with its bar, a drawer beside the table.
"use strict";
(() => {
  const one = ops.one;
  let here = "";

  const rows = () => [...document.querySelectorAll("#rows > tr")];
  const box = (row) => row.querySelector("input[type=checkbox]");
  const current = () => (here ? document.getElementById(here) : null);

  // The class is the script's, so a swap takes it away; the id is kept and the class set again.
  const mark = () => {
    for (const row of document.querySelectorAll("#rows > tr.here")) if (row.id !== here) row.classList.remove("here");
    current()?.classList.add("here");
  };
  const move = (step) => {
    const all = rows();
    if (!all.length) return false;
    const at = all.findIndex((row) => row.id === here);
    const row = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
    here = row.id;
    mark();
    row.scrollIntoView({ block: "nearest" });
    if (one("#drawer")?.childElementCount) open(row);
    return true;
  };

  // The drawer is part of the address: reload, Back and a colleague see the same.
  const place = (id) => {
    const address = new URL(location.href);
    if (id) address.searchParams.set("order", id);
    else address.searchParams.delete("order");
    return address.pathname + address.search;
  };
  const open = async (row) => {
    const id = row.dataset.open;
    if (!id) { row.querySelector("a")?.click(); return; }
    here = row.id;
    mark();
    const address = place(id);
    if (address !== location.pathname + location.search) history.replaceState(history.state, "", address);
    await ops.readDrawer();
  };
  ops.readDrawer = async () => {
    const asked = location.pathname + location.search;
    const text = await (await ops.ask(asked, { target: "drawer" }).catch((error) => {
      ops.notice(`The order could not be read (${error.message}).`, "bad", 5);
      return null;
    }))?.text();
    if (text === undefined || asked !== location.pathname + location.search) return;
    await htmx.swap({ text, target: "#drawer", sourceElement: document.body, swap: "outerMorph" });
  };
  ops.openOrder = () => new URL(location.href).searchParams.get("order");
  const close = () => {
    const drawer = one("#drawer");
    if (!drawer?.childElementCount) return false;
    drawer.replaceChildren();
    history.replaceState(history.state, "", place(""));
    (current()?.querySelector("a") ?? one("#rows a"))?.focus();
    return true;
  };

  const count = () => {
    const chosen = document.querySelectorAll("#rows input:checked").length;
    const bar = one("#chosen");
    if (bar) {
      bar.hidden = !chosen;
      const said = bar.querySelector("[data-chosen]");
      if (said) said.textContent = chosen;
    }
    const all = one("#all");
    if (all) {
      all.checked = chosen > 0 && chosen === document.querySelectorAll("#rows input:enabled").length;
      all.indeterminate = chosen > 0 && !all.checked;
    }
    document.dispatchEvent(new CustomEvent("ops:selection", { detail: chosen }));
  };
  const choose = (row, on) => {
    const field = row && box(row);
    if (field && !field.disabled) field.checked = on ?? !field.checked;
    count();
  };

  ops.onKey("j", () => move(1));
  ops.onKey("k", () => move(-1));
  ops.onKey("x", () => choose(current()));
  ops.onKey("Escape", () => close());
  ops.onKey("Enter", (event) => {
    if (event.target.closest("a, button, input") || !current()) return false;
    open(current());
    return true;
  });

  document.addEventListener("DOMContentLoaded", () => {
    here = document.querySelector("#rows > tr.here")?.id ?? "";
    document.addEventListener("change", (event) => {
      // Read once: each choice sets the box anew.
      const on = event.target.checked;
      if (event.target.id === "all") for (const row of rows()) choose(row, on);
      else if (event.target.closest("#rows")) count();
      // A filter that changes asks at once; without script its form has a button.
      else if (event.target.closest("form[data-filter]")) event.target.form.requestSubmit();
    });
    document.addEventListener("submit", (event) => {
      if (!event.target.matches("form[data-filter]")) return;
      for (const field of event.target.elements) if (!field.value) field.disabled = true;
    });
    document.addEventListener("click", (event) => {
      const row = event.target.closest("#rows > tr[data-open]");
      const link = event.target.closest("a");
      if (event.target.closest("[data-close]")) { event.preventDefault(); close(); return; }
      if (!row || event.target.closest("td.box") || event.ctrlKey || event.metaKey || event.shiftKey) return;
      if ((link && !link.matches("[data-drawer]")) || window.getSelection().toString()) return;
      event.preventDefault();
      open(row);
    });
    document.addEventListener("htmx:after:swap", () => { mark(); count(); });
  });
})();

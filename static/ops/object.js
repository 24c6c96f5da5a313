// The page of one order follows it: what changes is read anew, at most twice a second.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const root = ops.one("#object");
  if (!root) return;
  const id = root.dataset.order;
  let timer = 0;
  const reread = () => ops.reread(location.pathname + location.search, "object");
  ops.live({
    view: "BLOTTER",
    query: () => `text=${id}`,
    rows: () => [id],
    take: (frame) => {
      if (frame.type !== "ROWS" || timer) return;
      timer = setTimeout(() => { timer = 0; reread().catch((error) => ops.notice(`The order could not be read (${error.message}).`, "bad", 5)); }, 500);
    },
    reread,
  });
});

// The market's candles, ladder and tape: figures that come as data, painted once a frame of the screen, as text only.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const root = () => ops.one("#market");
  if (!root()) return;
  let next = null;
  const chart = ops.chart(() => ops.one("#chart"));

  const write = (place, text) => { if (place && place.textContent !== text) place.textContent = text; };
  const level = (row, values) => {
    const [sum, size, price, width] = values ?? ["", "", "", 0];
    write(row.querySelector("[data-sum]"), sum);
    write(row.querySelector("[data-size]"), size);
    write(row.querySelector("[data-price]"), price);
    row.querySelector(".depth").style.width = `${width}%`;
  };
  const ladder = (side, levels) => {
    for (const row of document.querySelectorAll(`#ladder tr[data-side="${side}"]`)) {
      level(row, levels[Number(row.dataset.level)]);
    }
  };
  const tapeRow = (trade, row) => {
    const [id, at, side, price, amount] = trade;
    row.id = `t-${id}`;
    const cells = ["", "n", "n"].map((css) => { const td = document.createElement("td"); td.className = css; return td; });
    cells[0].textContent = at;
    const word = document.createElement("span");
    word.className = { BUY: "buy", SELL: "sell" }[side] || "";
    word.textContent = price;
    cells[1].append(word);
    const hint = document.createElement("span");
    hint.className = "sr";
    hint.textContent = { BUY: " bought", SELL: " sold" }[side] || " in the auction";
    cells[1].append(hint);
    cells[2].textContent = amount;
    row.replaceChildren(...cells);
    return row;
  };
  const tape = (trades) => {
    const body = ops.one("#tape");
    if (!body) return;
    for (const trade of [...trades].reverse()) {
      if (!document.getElementById(`t-${trade[0]}`)) body.prepend(tapeRow(trade, document.createElement("tr")));
    }
    while (body.childElementCount > 50) body.lastElementChild.remove();
    const empty = ops.one("#no-trades");
    if (empty) empty.hidden = body.childElementCount > 0;
  };
  const paint = () => {
    const data = next;
    next = null;
    ladder("ask", data.asks);
    ladder("bid", data.bids);
    tape(data.trades);
    for (const place of document.querySelectorAll("#market [data-figure]")) write(place, data[place.dataset.figure]);
    const chip = document.querySelector("#phase .chip");
    if (chip) { chip.className = `chip ${data.phase_tone}`; write(chip, data.phase); }
    const change = ops.one("#change");
    if (change) change.className = data.change_tone;
    chart.add(data.bars);
  };
  const widths = () => {
    for (const bar of document.querySelectorAll("#ladder .depth")) bar.style.width = `${bar.dataset.w || 0}%`;
  };

  widths();
  ops.live({
    view: "MARKET",
    query: () => `market=${encodeURIComponent(root().dataset.market)}&interval=${ops.one("#chart").dataset.interval}`,
    rows: () => [],
    take: (frame) => {
      if (frame.type !== "DATA") return;
      if (!next) requestAnimationFrame(paint);
      next = frame.market;
    },
    reread: async () => { await ops.reread(location.pathname + location.search, "market"); widths(); chart.reread(); },
  });
});

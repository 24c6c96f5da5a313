// Candles as SVG: three paths, a few lines and words. Figures come as text and become numbers for drawing alone.
"use strict";
(() => {
  const [RIGHT, BOTTOM, STEP, LABEL_EVERY] = [78, 22, 8, 15];
  const MINUTES = { "1M": 1, "5M": 5, "15M": 15, "1H": 60, "1D": 1440 };
  const words = (parts) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...parts });
  const TIME = words({ hour: "2-digit", minute: "2-digit" });
  const DAY = words({ day: "numeric", month: "short" });

  const draw = (svg, name, attributes, text) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    svg.append(made);
  };
  const roundStep = (span, count) => {
    const power = 10 ** Math.floor(Math.log10(span / count));
    return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= span / count);
  };

  // `box` finds the place, which the page may have swapped since.
  ops.chart = (box) => {
    let [bars, hovered] = [[], -1];
    const format = (value) => {
      const digits = Number(box().dataset.scale);
      return value.toLocaleString("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    };
    const name = (at) => (box().dataset.interval === "1D" ? DAY : TIME).format(at);
    const read = () => { bars = JSON.parse(box()?.dataset.bars || "[]").map((bar) => bar.map(Number)); };
    const shown = (width) => bars.slice(-Math.max(1, Math.floor((width - RIGHT) / STEP)));

    const tell = (bar) => {
      const figures = ["O", "H", "L", "C"].map((word, index) => `${word} ${format(bar[index + 1])}`);
      ops.one("#readout").textContent = [name(bar[0]), ...figures, `V ${bar[5]}`].join("  ");
    };
    const paint = () => {
      const svg = box()?.querySelector("svg");
      const { clientWidth: width, clientHeight: height } = box() ?? {};
      if (!svg || !width) return;
      svg.replaceChildren();
      const seen = shown(width);
      if (!seen.length) { draw(svg, "text", { x: 16, y: 24 }, "No trades yet."); return; }
      const [edge, floor] = [width - RIGHT, height - BOTTOM];
      let top = Math.max(...seen.map((bar) => bar[2]));
      let bottom = Math.min(...seen.map((bar) => bar[3]));
      const pad = (top - bottom || top * 0.001) * 0.06;
      [top, bottom] = [top + pad, bottom - pad];
      const y = (price) => 8 + ((top - price) * (floor - 8)) / (top - bottom);
      const x = (index) => edge - (seen.length - index) * STEP + STEP / 2;
      const most = Math.max(...seen.map((bar) => bar[5])) || 1;

      const step = roundStep(top - bottom, Math.max(2, height / 56));
      for (let price = Math.ceil(bottom / step) * step; price < top; price += step) {
        draw(svg, "path", { class: "line", d: `M0 ${y(price)}H${edge}` });
        draw(svg, "text", { x: edge + 8, y: y(price) + 4 }, format(price));
      }
      const paths = { volume: "", rising: "", falling: "" };
      const minutes = MINUTES[box().dataset.interval];
      let labelled = -100;
      seen.forEach(([at, open, high, low, close, volume], index) => {
        const middle = x(index);
        if ((at / 60000 / minutes) % LABEL_EVERY === 0 && middle - labelled > 60 && middle < edge - 16) {
          draw(svg, "path", { class: "line", d: `M${middle} 0V${floor}` });
          draw(svg, "text", { x: middle, y: height - 7, "text-anchor": "middle" }, name(at));
          labelled = middle;
        }
        const tall = (volume / most) * (floor / 6);
        paths.volume += `M${middle - 3} ${floor}v${-tall}h6v${tall}z`;
        const body = `M${middle - 3} ${y(Math.max(open, close))}h6v${Math.max(1, Math.abs(y(open) - y(close)))}h-6z`;
        paths[close < open ? "falling" : "rising"] += `M${middle - 0.5} ${y(high)}h1V${y(low)}h-1z${body}`;
      });
      for (const [css, d] of Object.entries(paths)) draw(svg, "path", { class: css, d });
      const [, open, , , close] = seen.at(-1);
      draw(svg, "path", { class: "last", d: `M0 ${y(close)}H${edge}` });
      draw(svg, "rect", { class: close < open ? "falling" : "rising", x: edge, y: y(close) - 9, width: RIGHT, height: 18 });
      draw(svg, "text", { class: "tag", x: edge + 8, y: y(close) + 4 }, format(close));
      const under = seen[hovered];
      if (under) draw(svg, "path", { class: "hair", d: `M${x(hovered)} 0V${floor}` });
      tell(under ?? seen.at(-1));
    };
    document.addEventListener("pointermove", (event) => {
      const place = event.target.closest?.("#chart");
      const width = box()?.clientWidth ?? 0;
      const from = width - RIGHT - shown(width).length * STEP;
      const index = place ? Math.floor((event.clientX - place.getBoundingClientRect().left - from) / STEP) : -1;
      if (index !== hovered) { hovered = index; paint(); }
    });
    new ResizeObserver(paint).observe(box());
    read();
    return {
      paint,
      reread: () => { read(); paint(); },
      // The newest candles again: the last grows, a later one follows.
      add: (fresh) => {
        const first = fresh.length ? fresh[0][0] : Infinity;
        bars = [...bars.filter((bar) => bar[0] < first), ...fresh.map((bar) => bar.map(Number))].slice(-300);
        paint();
      },
    };
  };
})();

// One socket a page. The snapshot is the page itself: after a gap the page reads its own address again.
//
//   ops.live({view, query, rows, take, reread})
//
// `query()` is the page's filter, `rows()` the ids it shows, `take(frame)` applies one frame, `reread()` reads the page anew.
"use strict";
(() => {
  const SILENCE_MS = 3000;
  const FIRST_DELAY_MS = 500;
  const LAST_DELAY_MS = 15000;
  const RESTART_MS = 30000;
  const RESTART_DELAY_MS = 3000;
  const HIDDEN_LIMIT_MS = 900000;

  ops.live = (page) => {
    let socket = null;
    let expected = 1;
    let heardAt = 0;
    let delay = FIRST_DELAY_MS;
    let held = null; // frames that came while the page is read anew; applied after it
    let again = false;
    let lostAt = null;
    let hiddenSince = 0;
    let retry = 0;

    const say = (state, text) => {
      const dot = ops.one("#live");
      if (!dot || dot.dataset.state === state) return;
      dot.dataset.state = state;
      dot.firstElementChild.textContent = text;
    };
    const time = (at) => new Date(at).toISOString().slice(11, 19);
    const send = (message) => { if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message)); };
    const backOff = () => {
      clearTimeout(retry);
      retry = setTimeout(connect, delay * (0.7 + Math.random() * 0.6));
      // Most outages are a restart: within half a minute it is asked often, later with patience.
      delay = Math.min(delay * 2, lostAt && Date.now() - lostAt < RESTART_MS ? RESTART_DELAY_MS : LAST_DELAY_MS);
    };
    const lost = () => {
      if (!lostAt) lostAt = Date.now();
      say("late", "Reconnecting");
      ops.notice(`Live updates stopped at ${time(lostAt)} UTC, reconnecting. Figures may be old.`);
    };
    const drop = (why) => {
      const old = socket;
      socket = null;
      held = null;
      if (old) { old.onmessage = old.onclose = null; old.close(); }
      if (why === "hidden") { say("none", "Not live"); return; }
      lost();
      backOff();
    };

    // The page is read after the subscription stands, and what came meanwhile is applied after it: nothing falls between.
    const refresh = async () => {
      if (held) { again = true; return; }
      const mine = socket;
      held = [];
      send({ op: "READING" });
      try {
        do {
          again = false;
          await page.reread();
        } while (again);
      } catch (error) {
        held = null;
        if (error.status === 401 || error.status === 403) signedOut();
        else if (mine === socket) drop();
        return;
      }
      if (mine !== socket || !held) return;
      send({ op: "ROWS", rows: page.rows() });
      const frames = held;
      held = null;
      for (const frame of frames) page.take(frame);
      say("live", "Live");
      delay = FIRST_DELAY_MS;
      if (lostAt) ops.notice(`Live again, read anew at ${time(Date.now())} UTC.`, "ok", 5);
      lostAt = null;
    };
    const signedOut = () => {
      drop("hidden");
      say("off", "Signed out");
      ops.notice("You are signed out. Sign in again in another tab and reload this page.", "bad");
    };

    const hear = (frame) => {
      heardAt = Date.now();
      if (frame.seq !== expected) { drop(); return; }
      expected += 1;
      if (frame.type === "AUTHENTICATED") {
        send({ op: "SUBSCRIBE", view: page.view, query: page.query(), rows: page.rows() });
        if (document.hidden) send({ op: "PAUSE" });
        return;
      }
      if (frame.type === "SUBSCRIBED" || frame.type === "RESYNC") { refresh(); return; }
      if (frame.type === "HEARTBEAT") {
        if (frame.feed === "SILENT") lost();
        return;
      }
      if (held) held.push(frame);
      else page.take(frame);
    };

    const connect = async () => {
      if (document.hidden && hiddenSince && Date.now() - hiddenSince > HIDDEN_LIMIT_MS) return;
      let ticket = "";
      try {
        ticket = (await (await ops.ask("/ops/socket-tickets", { method: "POST", target: "ticket" })).json()).ticket;
      } catch (error) {
        if (error.status === 401 || error.status === 403) signedOut();
        else { lost(); backOff(); }
        return;
      }
      socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/ops`);
      expected = 1;
      heardAt = Date.now();
      socket.onopen = () => send({ op: "AUTHENTICATE", ticket });
      socket.onmessage = (event) => hear(JSON.parse(event.data));
      socket.onclose = () => drop();
    };

    document.addEventListener("visibilitychange", () => {
      hiddenSince = document.hidden ? Date.now() : 0;
      if (document.hidden) send({ op: "PAUSE" });
      else if (socket?.readyState === WebSocket.OPEN) { send({ op: "RESUME" }); refresh(); }
      else if (!socket) { clearTimeout(retry); delay = FIRST_DELAY_MS; connect(); }
    });
    setInterval(() => {
      if (socket && Date.now() - heardAt > SILENCE_MS) drop();
      if (hiddenSince && Date.now() - hiddenSince > HIDDEN_LIMIT_MS && socket) drop("hidden");
    }, 1000);
    connect();
    return { send, refresh };
  };
})();

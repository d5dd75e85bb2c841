// The sandbox's inbox: what it has received, by recipient, as it comes in. It asks the sandbox each second for what is new
// and keeps the last messages alone.
"use strict";

(() => {
  const { make, draw, snippet, visible, json } = Bubble;
  const get = (id) => document.getElementById(id);
  const KEPT = 5000;
  const LISTED = 300;
  const IN_A_CHAT = 100;

  let last = 0; // the number of the last request that is known
  let records = [];
  let templates = {};
  let stats = null;
  let to = null; // the recipient that is shown
  let chosen = null; // the number of the message whose request and answer are shown
  let following = true;
  let query = "";
  let answer = ""; // an answer that is looked at alone
  let listed = [];

  const answerOf = (record) => (record.code !== null ? String(record.code) : record.status === null ? "none" : String(record.status));
  const NAMES = { none: "no answer" };

  function message(record) {
    try {
      return JSON.parse(record.request);
    } catch {
      return null;
    }
  }

  // --- What came ---------------------------------------------------------------------------------------------------------

  async function ask() {
    const response = await fetch(`/_sandbox/live?after=${last}&limit=${KEPT}`, { cache: "no-store" });
    if (!response.ok) throw new Error(response.statusText);
    const live = await response.json();
    // Another sandbox listens here now, and its requests count from one.
    if (live.stats.requests < last) {
      [last, records, to, chosen, following] = [0, [], null, null, true];
      return ask();
    }
    const isFirst = stats === null;
    const isNew = live.messages.length > 0;
    stats = live.stats;
    for (const record of live.messages) {
      record.message = message(record);
      record.text = record.message ? snippet(record.message, templates) : record.request;
      record.found = `${record.to} ${record.request} ${record.text} ${record.id ?? ""} ${record.fault ?? ""}`.toLowerCase();
      records.push(record);
      last = record.n;
    }
    if (records.length > KEPT) records = records.slice(-KEPT);
    state(stats.requests ? `${count(stats.requests, "request")}, ${count(stats.delivered, "message")} taken` : "waiting for messages", "live");
    active(live.faults);
    if (isNew || isFirst) refresh();
  }

  function state(text, name) {
    get("state").textContent = text;
    get("pulse").className = `pulse ${name}`;
  }

  async function poll() {
    try {
      await ask();
    } catch {
      state("the sandbox has ended", "gone");
    }
    setTimeout(poll, document.hidden ? 5000 : 1000);
  }

  // --- Who got what ------------------------------------------------------------------------------------------------------

  function conversations() {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    const all = new Map();
    for (const record of records) {
      if (answer && answerOf(record) !== answer) continue;
      if (!words.every((word) => record.found.includes(word))) continue;
      const one = all.get(record.to) || { to: record.to, records: [] };
      one.records.push(record);
      all.delete(record.to);
      all.set(record.to, one);
    }
    return [...all.values()].reverse();
  }

  const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
  const who = (name) => name || "no recipient";
  const clock = (at) => new Date(at).toLocaleTimeString("en-GB");

  function refresh() {
    listed = conversations();
    if (following || !listed.some((one) => one.to === to)) {
      to = listed[0]?.to ?? null;
      chosen = null;
    }
    drawChips();
    drawList();
    drawChat();
  }

  function drawList() {
    const sheet = make("div", "sheet");
    for (const one of listed.slice(0, LISTED)) {
      const newest = one.records[one.records.length - 1];
      const entry = make(
        "div",
        `entry${one.records.every((record) => record.delivered) ? "" : newest.delivered ? " warned" : " invalid"}`,
        make("div", "top", make("span", "who", visible(who(one.to))), make("span", "n", one.records.length > 1 ? make("span", "badge", `${one.records.length} · `) : null, clock(newest.at))),
        make("div", "what", visible(newest.text.slice(0, 160))),
      );
      entry.setAttribute("role", "option");
      entry.setAttribute("aria-selected", String(one.to === to));
      entry.addEventListener("click", () => pick(one.to));
      sheet.append(entry);
    }
    if (!listed.length) sheet.append(make("p", "empty", records.length ? "No message matches." : "Nothing has come in yet."));
    if (listed.length > LISTED) sheet.append(make("p", "empty", `and ${listed.length - LISTED} more: search for them`));
    get("list").replaceChildren(sheet);
    const cut = get("cut");
    cut.hidden = !stats || stats.requests <= records.length;
    cut.textContent = `The last ${records.length.toLocaleString("en")} of ${(stats?.requests ?? 0).toLocaleString("en")} requests.`;
    get("where").textContent = count(listed.length, "recipient");
  }

  function pick(name) {
    to = name;
    chosen = null;
    follow(false);
    document.body.classList.remove("listing");
    drawList();
    drawChat();
  }

  function fate(record) {
    const said = record.status === null ? "no answer" : String(record.status);
    const code = record.code === null ? "" : ` · ${record.code}`;
    const fault = record.fault && record.fault !== String(record.code) ? ` · ${record.fault}` : "";
    const text = `${record.delivered ? "taken" : "not taken"} · ${said}${code}${fault}`;
    return make("div", `fate${record.delivered && record.status === 200 ? "" : " bad"}`, text);
  }

  function drawChat() {
    const one = listed.find((known) => known.to === to);
    get("to").replaceChildren(one ? visible(`to ${who(one.to)}`) : "");
    const chat = get("chat");
    if (!one) {
      chat.replaceChildren(make("div", "nothing", records.length ? "No message matches" : "Send something, and it appears here"));
      get("details").replaceChildren();
      get("place").replaceChildren();
      return;
    }
    const shown = one.records.slice(-IN_A_CHAT);
    const record = shown.find((known) => known.n === chosen) || shown[shown.length - 1];
    chat.replaceChildren(
      ...shown.map((known) => {
        const bubble = known.message ? draw(known.message, templates, clock(known.at)) : make("div", "message", make("div", "bubble", make("div", "text", visible(known.request || "(empty)"))));
        const whole = make("div", `received${known.delivered ? "" : " undelivered"}${known.n === record.n ? " chosen" : ""}`, bubble, fate(known));
        whole.addEventListener("click", () => {
          chosen = known.n;
          follow(false);
          drawChat();
        });
        return whole;
      }),
    );
    chat.querySelector(".chosen")?.scrollIntoView({ block: "nearest" });
    details(record);
  }

  function details(record) {
    const panel = (title, note, text) => make("section", "panel", make("h2", "", title), make("div", "dim mono address", note), json(text || "(nothing)"));
    const said = record.status === null ? "none: the client waits, or the connection ends" : `HTTP ${record.status}`;
    get("place").replaceChildren(`request ${record.n} · ${record.at.replace("T", " ").replace(/(\.\d{3})\d*/, "$1")}`);
    get("details").replaceChildren(panel("Answer", said, record.answer), panel("Request", `${record.kind || "not readable"}${record.id ? ` · ${record.id}` : ""}`, record.request));
  }

  // --- Counts per answer -----------------------------------------------------------------------------------------------

  function drawChips() {
    const counts = [];
    const coded = Object.entries(stats.by_code);
    for (const [status, count] of Object.entries(stats.by_status)) {
      // Refusals are told by their codes; what has a status alone is told by that.
      const withCode = coded.length ? records.some((record) => record.code !== null && String(record.status) === status) : false;
      if (!withCode) counts.push([status, count]);
    }
    counts.push(...coded);
    get("chips").replaceChildren(
      ...counts.map(([name, count]) => {
        const chip = make("button", `chip${name === "200" ? "" : " bad"}`, NAMES[name] || name, make("b", "", count.toLocaleString("en")));
        chip.type = "button";
        chip.setAttribute("aria-pressed", String(answer === name));
        chip.addEventListener("click", () => {
          answer = answer === name ? "" : name;
          refresh();
        });
        return chip;
      }),
    );
  }

  // --- Faults ------------------------------------------------------------------------------------------------------------

  let faults = [];

  function active(now) {
    if (now.join() === faults.join() && get("active").childElementCount) return;
    faults = now;
    get("faults-button").classList.toggle("on", faults.length > 0);
    get("faults-button").textContent = faults.length ? `Faults ${faults.length}` : "Faults";
    get("active").replaceChildren(
      ...(faults.length
        ? faults.map((fault) => {
            const chip = make("button", "chip bad", fault, " ×");
            chip.type = "button";
            chip.setAttribute("aria-label", `remove ${fault}`);
            chip.addEventListener("click", () => change(faults.filter((other) => other !== fault)));
            return chip;
          })
        : [make("span", "dim", "The sandbox behaves well.")]),
    );
  }

  async function change(wanted) {
    const response = await fetch("/_sandbox/faults", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ faults: wanted }),
    });
    const said = await response.json();
    get("refused").textContent = said.error || "";
    if (said.faults) active(said.faults);
  }

  get("add").addEventListener("submit", (event) => {
    event.preventDefault();
    const name = get("name").value;
    change([...faults.filter((fault) => !fault.startsWith(`${name}=`)), `${name}=${get("share").value}%`]);
  });
  get("none").addEventListener("click", () => change([]));
  get("faults-button").addEventListener("click", () => {
    const panel = get("faults");
    panel.hidden = !panel.hidden;
    get("faults-button").setAttribute("aria-expanded", String(!panel.hidden));
  });

  // --- Keys and buttons --------------------------------------------------------------------------------------------------

  function follow(now) {
    following = now;
    get("follow").setAttribute("aria-pressed", String(now));
  }
  get("follow").addEventListener("click", () => {
    follow(!following);
    if (stats) refresh();
  });
  get("rows-button").addEventListener("click", () => document.body.classList.toggle("listing"));
  const search = get("search");
  search.addEventListener("input", () => {
    query = search.value;
    if (stats) refresh();
  });
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !listed) return;
    const isTyping = document.activeElement?.matches("input, select");
    if (event.key === "Escape" && document.activeElement === search) {
      search.value = query = "";
      search.blur();
      if (stats) refresh();
      return;
    }
    const moves = isTyping && document.activeElement !== search ? {} : { ArrowDown: 1, ArrowUp: -1 };
    if (!isTyping) Object.assign(moves, { j: 1, k: -1, ArrowRight: 1, ArrowLeft: -1 });
    if (event.key in moves) {
      const at = listed.findIndex((one) => one.to === to) + moves[event.key];
      if (at < 0 || at >= listed.length) return;
      pick(listed[at].to);
      document.querySelector('.entry[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "/" && !isTyping) search.focus();
    else return;
    event.preventDefault();
  });

  (async () => {
    try {
      const known = await (await fetch("/_sandbox/faults")).json();
      get("name").append(...known.known.map(({ name, title }) => new Option(title ? `${name} ${title}` : name, name)));
      templates = await (await fetch("/_sandbox/templates")).json();
    } catch {
      state("the sandbox has ended", "gone");
    }
    poll();
  })();
})();

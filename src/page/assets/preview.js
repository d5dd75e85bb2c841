// The preview: a list of rows, the phone with the row's message, its problems, its cells and the payload.
"use strict";

(() => {
  const { make, draw, snippet, visible, json } = Bubble;
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const about = read("about");
  const rows = read("rows");
  const end = read("end");
  const get = (id) => document.getElementById(id);

  const KINDS = ["ready", "invalid", "skipped", "broken"];
  const [NUMBER, LINE, KIND, CELLS, BODY, WARNINGS] = [0, 1, 2, 3, 4, 5];
  const PROBLEMS = 4; // of an invalid or broken row, the reason of a skipped one

  const bodyOf = (row) => (row[KIND] === 0 ? row[BODY] : null);
  const problemsOf = (row) => (row[KIND] === 1 || row[KIND] === 3 ? row[PROBLEMS] : []);
  const warningsOf = (row) => (row[KIND] === 0 ? row[WARNINGS] || [] : []);

  // --- Which rows are shown --------------------------------------------------------------------------------------------

  const FILTERS = {
    all: { label: "All", count: end.totals.rows + end.totals.broken, keeps: () => true },
    problems: { label: "With problems", count: end.totals.invalid + end.totals.broken, keeps: (row) => problemsOf(row).length > 0 },
    warnings: { label: "Warnings", count: end.totals.warned, keeps: (row) => warningsOf(row).length > 0 },
    skipped: { label: "Skipped", count: end.totals.skipped, keeps: (row) => row[KIND] === 2 },
  };
  let filter = "all";
  let query = "";
  let shown = rows.map((_, at) => at);
  let current = 0; // a place in `shown`
  const haystacks = new Array(rows.length);

  // Everything of a row that can be found, in lower case.
  function haystack(at) {
    if (haystacks[at] === undefined) {
      const row = rows[at];
      const parts = [`row ${row[NUMBER] ?? ""}`, ...(row[CELLS] || [])];
      const texts = (value) => {
        if (typeof value === "string") parts.push(value);
        else if (value && typeof value === "object") Object.values(value).forEach(texts);
      };
      texts(row[KIND] === 0 ? bodyOf(row) : row[PROBLEMS]);
      haystacks[at] = parts.join("\n").toLowerCase();
    }
    return haystacks[at];
  }

  function choose() {
    const kept = shown[current];
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    const keeps = FILTERS[filter].keeps;
    shown = [];
    rows.forEach((row, at) => {
      if (keeps(row) && words.every((word) => haystack(at).includes(word))) shown.push(at);
    });
    current = Math.max(0, shown.indexOf(kept));
    drawChips();
    list.refresh();
    show();
  }

  function drawChips() {
    get("chips").replaceChildren(
      ...Object.entries(FILTERS).map(([name, { label, count }]) => {
        const chip = make("button", `chip ${name}${count ? "" : " none"}`, label, make("b", "", count.toLocaleString("en")));
        chip.type = "button";
        chip.setAttribute("aria-pressed", String(filter === name));
        chip.addEventListener("click", () => {
          filter = name;
          choose();
        });
        return chip;
      }),
    );
  }

  // --- The list, of which only what is in view exists -------------------------------------------------------------------

  const list = (() => {
    const box = get("list");
    const sheet = make("div", "sheet");
    box.append(sheet);
    const HEIGHT = 58;
    let drawn = "";

    function entry(place) {
      const row = rows[shown[place]];
      const body = bodyOf(row);
      const state = row[KIND] === 0 && warningsOf(row).length ? "warned" : KINDS[row[KIND]];
      const title = body?.to || (row[KIND] === 2 ? "Skipped" : row[KIND] === 1 ? "Invalid" : row[LINE] ? "Not readable" : "Recipe");
      const problem = problemsOf(row)[0];
      const text = body ? snippet(body, end.templates) : row[KIND] === 2 ? row[PROBLEMS] : problem ? problem.slice(0, 2).filter(Boolean).join(": ") : "";
      const element = make(
        "div",
        `entry ${state}`,
        make("div", "top", make("span", "who", visible(title)), make("span", "n", row[NUMBER] ?? "–")),
        make("div", "what", visible(text.slice(0, 160))),
      );
      element.style.top = `${place * HEIGHT}px`;
      element.setAttribute("role", "option");
      element.setAttribute("aria-selected", String(place === current));
      element.addEventListener("click", () => {
        current = place;
        document.body.classList.remove("listing");
        show();
      });
      return element;
    }

    function refresh() {
      sheet.style.height = `${Math.max(1, shown.length) * HEIGHT}px`;
      drawn = "";
      paint();
    }

    function paint() {
      const from = Math.max(0, Math.floor(box.scrollTop / HEIGHT) - 4);
      const to = Math.min(shown.length, Math.ceil((box.scrollTop + box.clientHeight) / HEIGHT) + 4);
      const now = `${from} ${to} ${current}`;
      if (now === drawn) return;
      drawn = now;
      const entries = [];
      for (let place = from; place < to; place++) entries.push(entry(place));
      sheet.replaceChildren(...(shown.length ? entries : [make("p", "empty", "No row matches.")]));
    }

    function reveal() {
      const top = current * HEIGHT;
      if (top < box.scrollTop) box.scrollTop = top;
      else if (top + HEIGHT > box.scrollTop + box.clientHeight) box.scrollTop = top + HEIGHT - box.clientHeight;
      paint();
    }

    box.addEventListener("scroll", paint, { passive: true });
    addEventListener("resize", paint);
    return { refresh, reveal };
  })();

  // --- One row ---------------------------------------------------------------------------------------------------------

  function section(title, ...children) {
    return make("section", "panel", make("h2", "", title), ...children);
  }

  function complaints(title, name, all) {
    if (!all.length) return null;
    const list = make("ul", `complaints ${name}`);
    for (const [field, message, cells = []] of all) {
      const told = make("li", "", field ? make("code", "", field) : null, make("span", "", visible(message)));
      told.append(...cells.map((cell) => make("div", "blamed mono", visible(cell))));
      list.append(told);
    }
    return section(title, list);
  }

  function cells(row) {
    if (!row[CELLS]) return null;
    const table = make("table", "cells");
    about.header.forEach((name, at) => {
      const cell = row[CELLS][at] ?? "";
      table.append(make("tr", "", make("th", "", visible(name)), make("td", cell === "" ? "dim" : "", cell === "" ? "empty" : visible(cell))));
    });
    return section(`Row ${row[NUMBER]}`, table);
  }

  function payload(body) {
    const address = make("div", "dim mono address", `${about.method} ${about.url}`);
    return section("Payload", address, json(JSON.stringify(body)));
  }

  function show() {
    const row = rows[shown[current]];
    get("where").textContent = shown.length
      ? `${(current + 1).toLocaleString("en")} of ${shown.length.toLocaleString("en")}`
      : "no rows";
    for (const [id, off] of [["previous", current === 0], ["next", current >= shown.length - 1]]) get(id).disabled = off;
    list.reveal();
    const chat = get("chat");
    if (!row) {
      chat.replaceChildren(make("div", "nothing", rows.length ? "No row matches" : "The list has no rows"));
      get("facts").replaceChildren();
      return;
    }
    const body = bodyOf(row);
    get("to").replaceChildren(visible(body?.to ? `to ${body.to}` : "nothing is sent"));
    if (body) chat.replaceChildren(draw(body, end.templates));
    else {
      const reason = row[KIND] === 2 ? `Row ${row[NUMBER]} is skipped: ${row[PROBLEMS]}` : row[KIND] === 1 ? `Row ${row[NUMBER]} is not a valid message` : row[LINE] ? `Line ${row[LINE]} is not a row` : "The recipe has a problem";
      chat.replaceChildren(make("div", "nothing", reason));
    }
    chat.scrollTop = 0;
    get("facts").replaceChildren(
      ...[
        complaints("Problems", "bad", problemsOf(row)),
        complaints("Warnings", "warn", warningsOf(row)),
        row[KIND] === 2 ? section("Skipped", make("p", "", row[PROBLEMS])) : null,
        cells(row),
        body ? payload(body) : null,
      ].filter(Boolean),
    );
    const places = [row[NUMBER] ? `row ${row[NUMBER]}` : "", row[LINE] ? `line ${row[LINE]} of ${about.list}` : ""];
    get("place").replaceChildren(visible(places.filter(Boolean).join(" · ")));
  }

  function go(by) {
    const to = Math.min(shown.length - 1, Math.max(0, current + by));
    if (to === current || to < 0) return;
    current = to;
    show();
  }

  // --- Keys and buttons ------------------------------------------------------------------------------------------------

  const search = get("search");
  search.addEventListener("input", () => {
    query = search.value;
    choose();
  });
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isSearching = document.activeElement === search;
    if (event.key === "Escape" && isSearching) {
      search.value = query = "";
      search.blur();
      choose();
      return;
    }
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
    if (!isSearching) Object.assign(moves, { j: 1, k: -1, ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity });
    if (event.key in moves) go(moves[event.key]);
    else if (event.key === "/" && !isSearching) search.focus();
    else return;
    event.preventDefault();
  });
  get("previous").addEventListener("click", () => go(-1));
  get("next").addEventListener("click", () => go(1));
  get("rows-button").addEventListener("click", () => {
    document.body.classList.toggle("listing");
    list.reveal();
  });

  if (end.cut) {
    const note = get("cut");
    note.textContent = end.cut;
    note.hidden = false;
  }
  drawChips();
  list.refresh();
  show();
})();

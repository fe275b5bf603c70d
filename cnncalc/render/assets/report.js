"use strict";
(() => {
  const root = document.documentElement;
  const $ = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const table = $("#layers");
  const rows = all("tbody tr[id^=r]", table);
  const home = new Map(rows.map((row, place) => [row, [row.parentNode, place]]));
  const search = $("#search");
  const count = $("#count");
  const folded = new Set();
  let sorted = null;

  root.classList.add("js");
  all(".tools").forEach((tools) => { tools.hidden = false; });

  // A number's worked line opens below its row, and closes again.
  const close = () => all("tr.work", table).forEach((row) => {
    const from = $(`[aria-controls="${row.id}"]`, table);
    if (from) { from.removeAttribute("aria-controls"); from.setAttribute("aria-expanded", "false"); }
    row.remove();
  });
  const open = (link) => {
    const row = link.closest("tr");
    const shown = link.getAttribute("aria-expanded") === "true";
    close();
    if (shown) return;
    const line = document.getElementById(link.hash.slice(1));
    const work = document.createElement("tr");
    work.className = "work";
    work.id = "work";
    const cell = work.insertCell();
    cell.colSpan = table.tHead.rows[0].cells.length;
    cell.setAttribute("role", "status");
    line.textContent.split("\n").forEach((text) => {
      const piece = document.createElement("div");
      piece.textContent = text;
      cell.append(piece);
    });
    row.after(work);
    link.setAttribute("aria-expanded", "true");
    link.setAttribute("aria-controls", "work");
  };
  all('td a[href^="#w"]', table).forEach((link) => {
    link.setAttribute("aria-expanded", "false");
    link.addEventListener("click", (event) => { event.preventDefault(); open(link); });
  });

  // Table and diagram point at each other.
  const mark = (id) => {
    all(".here").forEach((element) => element.classList.remove("here"));
    const row = document.getElementById(id);
    if (!row) return null;
    row.classList.add("here");
    const card = $(`a.node[data-rows~="${id}"]`);
    if (card) card.classList.add("here");
    return [row, card];
  };
  all("a.node").forEach((card) => card.addEventListener("click", (event) => {
    event.preventDefault();
    go(card.getAttribute("href").slice(1));
  }));
  const go = (id) => {
    const row = document.getElementById(id);
    if (!row || !rows.includes(row)) return;
    if (row.hidden) { search.value = ""; folded.clear(); sort(null); }
    mark(id);
    history.replaceState(null, "", `#${id}`);
    row.scrollIntoView({ block: "center" });
    $("a", row).focus({ preventScroll: true });
  };
  rows.forEach((row) => {
    // Only a pointer that moves marks a row, not a row that is scrolled below the pointer.
    row.addEventListener("mousemove", (event) => {
      if ((event.movementX || event.movementY) && !row.classList.contains("here")) mark(row.id);
    });
    row.addEventListener("focusin", () => mark(row.id));
    $("th a", row).addEventListener("click", (event) => {
      event.preventDefault();
      const card = (mark(row.id) || [])[1];
      if (card) { card.scrollIntoView({ block: "center", inline: "center" }); card.focus({ preventScroll: true }); }
      history.replaceState(null, "", `#${row.id}`);
    });
  });

  // Search, fold and sort decide together which rows are seen, and in which order.
  const refresh = () => {
    close();
    const words = search.value.toLowerCase().replace(/×/g, "x").split(/\s+/).filter(Boolean);
    let seen = 0;
    rows.forEach((row) => {
      const text = (row.textContent).toLowerCase().replace(/×/g, "x");
      const hit = words.every((word) => text.includes(word));
      const shut = !words.length && !sorted && folded.has(home.get(row)[0]);
      row.hidden = !hit || shut;
      seen += hit ? 1 : 0;
    });
    all("tr.part", table).forEach((part) => { part.hidden = Boolean(sorted || words.length); });
    count.textContent = `${seen} of ${rows.length} layers`;
  };
  search.addEventListener("input", refresh);
  all("tr.part", table).forEach((part) => {
    const button = document.createElement("button");
    const body = part.parentNode;
    const paint = () => {
      button.textContent = folded.has(body) ? "+" : "−";
      button.setAttribute("aria-expanded", String(!folded.has(body)));
    };
    button.type = "button";
    button.setAttribute("aria-label", `fold ${part.cells[0].textContent}`);
    button.addEventListener("click", () => {
      if (!folded.delete(body)) folded.add(body);
      paint();
      refresh();
    });
    paint();
    part.cells[0].prepend(button);
  });
  const value = (row, column) => {
    const text = row.cells[column].dataset.v || row.cells[column].textContent;
    const number = Number(text.replace(/,/g, ""));
    return Number.isNaN(number) ? text : number;
  };
  const sort = (column) => {
    const heads = [...table.tHead.rows[0].cells];
    const way = column === null ? null
      : heads[column].getAttribute("aria-sort") === "descending" ? "ascending"
      : heads[column].getAttribute("aria-sort") === "ascending" ? null : "descending";
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    sorted = way;
    if (way) heads[column].setAttribute("aria-sort", way);
    const sign = way === "ascending" ? 1 : -1;
    const order = way ? [...rows].sort((a, b) => {
      const [x, y] = [value(a, column), value(b, column)];
      if (typeof x !== typeof y) return typeof x === "number" ? -1 : 1;
      return sign * (typeof x === "number" ? x - y : x.localeCompare(y)) || home.get(a)[1] - home.get(b)[1];
    }) : rows;
    const first = table.tBodies[0];
    order.forEach((row) => (way ? first : home.get(row)[0]).append(row));
    refresh();
  };
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => sort(column));
  });

  // Bars beside parameters and MACs: the cost of each layer at a glance.
  [[4, "params"], [5, "macs"]].forEach(([column, name]) => {
    const most = Math.max(1, ...rows.map((row) => value(row, column)));
    rows.forEach((row) => {
      const room = document.createElement("i");
      const bar = document.createElement("i");
      room.className = `room ${name}`;
      room.setAttribute("aria-hidden", "true");
      const number = value(row, column);
      row.cells[column].dataset.v = String(number);
      bar.style.width = `${number ? Math.max(1, 60 * number / most) : 0}px`;
      room.append(bar);
      row.cells[column].append(room);
    });
  });

  $("#theme").addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  all("button.size").forEach((button) => button.addEventListener("click", () => {
    const full = $(button.dataset.of).classList.toggle("full");
    button.setAttribute("aria-pressed", String(full));
  }));

  const fit = () => all("button.size").forEach((button) => {
    const view = $(button.dataset.of);
    button.hidden = !view.classList.contains("full") && $("svg", view).viewBox.baseVal.width <= view.clientWidth;
  });
  addEventListener("resize", fit);
  fit();

  document.addEventListener("keydown", (event) => {
    if (event.target === search) {
      if (event.key === "Escape") { search.value = ""; refresh(); search.blur(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") { event.preventDefault(); search.focus(); }
    if (event.key === "Escape") close();
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const row = document.activeElement.closest("tr[id^=r]");
    if (!row) return;
    const seen = all("tbody tr[id^=r]", table).filter((other) => !other.hidden);
    const next = seen[seen.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1)];
    if (!next) return;
    event.preventDefault();
    const links = all("a", row);
    const place = Math.max(0, links.indexOf(document.activeElement));
    (all("a", next)[place] || $("a", next)).focus();
  });
  addEventListener("hashchange", () => go(location.hash.slice(1)));
  addEventListener("beforeprint", close);
  refresh();
  if (location.hash) go(location.hash.slice(1));
})();

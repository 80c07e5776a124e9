"use strict";
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const dialog = document.getElementById("behind");
  const root = document.documentElement;

  function make(tag, text, ...children) {
    const element = document.createElement(tag);
    if (text !== undefined && text !== null) element.textContent = text;
    element.append(...children);
    return element;
  }

  function link(href, text) {
    const element = make("a", text);
    element.href = href;
    return element;
  }

  function table(heads, rows, caption) {
    const head = make("tr", null, ...heads.map((text) => {
      const cell = make("th", text);
      cell.scope = "col";
      return cell;
    }));
    const body = rows.map((row) => make("tr", null, ...row.map((text) => make("td", text))));
    const found = make("table", null, make("thead", null, head), make("tbody", null, ...body));
    found.setAttribute("aria-label", caption);
    const box = make("div", null, found);
    box.className = "wide";
    box.tabIndex = 0;
    return box;
  }

  function positions(text) {
    const found = [];
    for (const part of text ? text.split(",") : []) {
      const [first, last] = part.split("-").map(Number);
      for (let at = first; at <= (last === undefined ? first : last); at += 1) found.push(at);
    }
    return found;
  }

  function facts(estimate, call) {
    const [, condition, records, subjects] = estimate;
    const list = make("dl");
    function fact(name, ...what) {
      list.append(make("dt", name), make("dd", null, ...what));
    }
    fact("Result", link(call.define, call.result), " " + (call.what || ""));
    fact("Statistic", make("code", call.call), call.by ? " by " + call.by : "");
    fact("Dataset", link(call.set, call.dataset));
    if (call.population) {
      const name = call.called ? call.called + ": " : "";
      fact("Population", name, make("code", call.population), " on ADSL");
    }
    if (call.denominator) fact("Denominator", make("code", call.denominator));
    fact("Records where", make("code", condition || "all records"));
    fact("Number", records + " record(s) of " + subjects + " subject(s)");
    return list;
  }

  function records(estimate, call) {
    const listed = data.records[call.result];
    const found = [];
    if (estimate.length > 4 && listed) {
      const rows = positions(estimate[4]).map((at) => listed.rows[at]);
      const listing = table(listed.columns, rows, "Records behind the number");
      listing.classList.add("listed");
      found.push(make("h3", "The records"), listing);
    }
    const all = make("p", null);
    all.className = "small";
    if (call.file) all.append("All records of the result: ", link(call.file, call.file), ". ");
    all.append("The row of analysis results data: ", link("ard.csv", "ard.csv"), ".");
    return [...found, all];
  }

  function show(button) {
    const [place, statistics] = data.cells[Number(button.dataset.c)];
    const estimate = data.estimates[place];
    const call = data.calls[estimate[0]];
    const row = button.closest("tr");
    const label = row ? row.querySelector("th[scope=row]") : null;
    const heads = row ? row.closest("table").querySelectorAll("thead tr:last-child > *") : [];
    const column = row ? heads[Array.prototype.indexOf.call(row.children, button.closest("td"))] : null;
    const parts = [label && label.textContent.trim(), column && column.firstChild && column.firstChild.textContent.trim()];
    document.getElementById("behind-what").textContent = parts.filter(Boolean).join(" · ");
    document.getElementById("behind-title").textContent = button.textContent;
    const rows = statistics.map(([name, exact, shown, why]) => [data.labels[name], why ? shown + ": " + why : shown, exact]);
    const body = document.getElementById("behind-body");
    body.replaceChildren(table(["Statistic", "Rounded", "In full"], rows, "Statistics"), facts(estimate, call), ...records(estimate, call));
    if (dialog.showModal) dialog.showModal();
    else dialog.setAttribute("open", "");
  }

  root.classList.add("live");
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.n");
    if (button) show(button);
    else if (event.target === dialog) dialog.close();
  });

  // Finding: rows whose text holds the words, with the rows above that they stand under.
  const find = document.getElementById("find");
  if (find) {
    document.querySelectorAll(".search").forEach((element) => { element.hidden = false; });
    const displays = Array.from(document.querySelectorAll("section.display")).map((section) => ({
      section,
      title: section.querySelector("h3").textContent.toLowerCase(),
      details: section.querySelector("details.table"),
      opened: section.querySelector("details.table[open]") !== null,
      rows: Array.from(section.querySelectorAll("details.table tbody tr")),
    }));
    let timer = 0;
    find.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => search(displays, find.value.trim().toLowerCase()), 120);
    });
  }

  function depth(row) {
    return Number(row.dataset.in || 0);
  }

  function search(displays, words) {
    let rows = 0;
    let shown = 0;
    for (const display of displays) {
      const whole = !words || display.title.includes(words);
      const hits = display.rows.map((row) => Boolean(words) && row.textContent.toLowerCase().includes(words));
      const kept = hits.slice();
      const above = [];
      display.rows.forEach((row, at) => {
        while (above.length && depth(display.rows[above[above.length - 1]]) >= depth(row)) above.pop();
        if (hits[at]) above.forEach((place) => { kept[place] = true; });
        above.push(at);
      });
      const any = hits.some(Boolean);
      display.rows.forEach((row, at) => {
        row.classList.toggle("hidden", !whole && !kept[at]);
        row.classList.toggle("hit", hits[at]);
      });
      display.section.classList.toggle("hidden", !whole && !any);
      if (display.details) display.details.open = words ? any || display.opened : display.opened;
      rows += hits.filter(Boolean).length;
      shown += words && (whole || any) ? 1 : 0;
    }
    for (const part of new Set(displays.map((display) => display.section.parentElement))) {
      part.classList.toggle("hidden", !part.querySelector("section.display:not(.hidden)"));
    }
    document.getElementById("found").textContent = words ? rows + " row(s) in " + shown + " display(s)" : "";
  }

  window.addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details.table")) details.open = true;
  });
})();

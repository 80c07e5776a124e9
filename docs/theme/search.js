// Search over headings, and over the further names that a heading is known by ("Also:" below it): every word of the
// query must stand in one of them or in the title of the page. A heading or name that is the query comes first.
const box = document.getElementById("search");
const found = document.getElementById("found");

function names(item) {
  return item.also.split(",").map((name) => name.trim()).filter(Boolean);
}

function rank(item, query) {
  const text = item.text.toLowerCase();
  const others = names(item).map((name) => name.toLowerCase());
  if (text === query) return 0;
  if (others.includes(query)) return 1;
  if (text.startsWith(query)) return 2;
  if (others.some((name) => name.startsWith(query))) return 3;
  return text.includes(query) ? 4 : 5;
}

box.addEventListener("input", () => {
  const query = box.value.trim().toLowerCase();
  const words = query.split(/\s+/).filter(Boolean);
  found.replaceChildren();
  found.hidden = words.length === 0;
  if (!words.length) return;
  const texts = (item) => `${item.text} ${item.also} ${item.page}`.toLowerCase();
  const hits = INDEX.filter((item) => words.every((word) => texts(item).includes(word)));
  hits.sort((a, b) => rank(a, query) - rank(b, query));
  for (const item of hits.slice(0, 20)) {
    const line = document.createElement("li");
    const link = document.createElement("a");
    link.href = item.url;
    link.textContent = item.text;
    const note = document.createElement("small");
    const met = names(item).filter((name) => words.some((word) => name.toLowerCase().includes(word)));
    note.textContent = [item.page, ...met.slice(0, 3)].join(" · ");
    line.append(link, note);
    found.append(line);
  }
  if (!hits.length) {
    const line = document.createElement("li");
    line.textContent = "No heading has these words.";
    found.append(line);
  }
});

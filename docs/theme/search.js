// Search over headings: every word of the query must stand in a heading or the title of its page.
const box = document.getElementById("search");
const found = document.getElementById("found");
box.addEventListener("input", () => {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  found.replaceChildren();
  found.hidden = words.length === 0;
  if (!words.length) return;
  const hits = INDEX.filter((item) => words.every((word) => (item.text + " " + item.page).toLowerCase().includes(word)));
  const rank = (item) => (item.text.toLowerCase().startsWith(words[0]) ? 0 : 1);
  hits.sort((a, b) => rank(a) - rank(b));
  for (const item of hits.slice(0, 20)) {
    const line = document.createElement("li");
    const link = document.createElement("a");
    link.href = item.url;
    link.textContent = item.text;
    const page = document.createElement("small");
    page.textContent = item.page;
    line.append(link, page);
    found.append(line);
  }
  if (!hits.length) {
    const line = document.createElement("li");
    line.textContent = "No heading has these words.";
    found.append(line);
  }
});

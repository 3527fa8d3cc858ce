const search = document.getElementById("search");
const found = document.getElementById("found");
const parts = [...document.querySelectorAll("[data-find]")].map((part) => [part, part.textContent.toLowerCase()]);
const show = () => {
  const wanted = search.value.trim().toLowerCase();
  let count = 0;
  for (const [part, text] of parts) {
    part.hidden = !text.includes(wanted);
    count += part.hidden ? 0 : 1;
  }
  found.textContent = wanted ? `${count} of ${parts.length}` : "";
};
search.hidden = false;
search.addEventListener("input", show);
// A link to a search: access.html?q=NAME
search.value = new URLSearchParams(location.search).get("q") ?? "";
if (search.value) show();

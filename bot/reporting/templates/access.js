const search = document.getElementById("search");
const parts = [...document.querySelectorAll("[data-find]")].map((part) => [part, part.textContent.toLowerCase()]);
search.hidden = false;
search.addEventListener("input", () => {
  const wanted = search.value.trim().toLowerCase();
  for (const [part, text] of parts) part.hidden = !text.includes(wanted);
});

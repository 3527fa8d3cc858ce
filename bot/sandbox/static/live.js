// Shows what the bot does as it does it: the part of the page that changes is fetched again every second, unless
// somebody is writing in it.
const live = document.getElementById("live");
async function refresh() {
  if (document.hidden || live.contains(document.activeElement) || live.querySelector("details.edit[open]")) return;
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
  if (!fresh || fresh.innerHTML === live.dataset.last) return;
  const folded = [...live.querySelectorAll("details")].map((one) => one.open);
  live.dataset.last = fresh.innerHTML;
  live.replaceChildren(...fresh.childNodes);
  const shown = live.querySelectorAll("details");
  if (shown.length === folded.length) shown.forEach((one, place) => { one.open = folded[place]; });
}
if (live) {
  live.dataset.last = live.innerHTML;
  setInterval(() => refresh().catch(() => {}), 1000);
}

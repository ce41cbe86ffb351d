// What pages do with script, beside htmx. Every page works without.
"use strict";

// A button beside every block of commands.
for (const block of document.querySelectorAll("pre.copy")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = document.body.dataset.copy;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(block.innerText);
    button.textContent = document.body.dataset.copied;
  });
  block.after(button);
}

// What has come is told to those who do not see it.
const said = document.getElementById("said");
const tell = (place) => {
  const told = place.querySelector("[data-said]");
  if (said && told) said.textContent = told.dataset.said;
};
document.addEventListener("htmx:afterSwap", (event) => tell(event.detail.target));

// Events appear by themselves, while their page is looked at and its switch is on.
const events = document.querySelector("[data-live]");
if (events) {
  const live = document.getElementById("live");
  const filter = document.getElementById("filter");
  const refused = document.getElementById("not-live");
  // How long to wait before a stream is asked for again that the server has refused, in milliseconds.
  const RETRY_MS = 5000;
  let source = null;
  let shown = null;
  const follow = () => {
    const wanted = live.checked && filter.value === "" && !document.hidden;
    if (!wanted) refused.hidden = true;
    if (wanted === (source !== null)) return;
    if (!wanted) {
      source.close();
      source = null;
      return;
    }
    source = new EventSource(events.dataset.live);
    source.addEventListener("error", () => {
      // A browser asks again by itself unless it was refused: by a server that starts, because the session has ended, or
      // because too many pages do so already.
      if (source === null || source.readyState !== EventSource.CLOSED) return;
      source = null;
      refused.hidden = false;
      setTimeout(follow, RETRY_MS);
    });
    source.addEventListener("open", () => { refused.hidden = true; });
    source.addEventListener("message", (message) => {
      if (message.data === shown) return;
      const focused = events.contains(document.activeElement) && document.activeElement.getAttribute("href");
      events.innerHTML = message.data;
      if (focused) events.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
      if (shown !== null) tell(events);
      shown = message.data;
    });
  };
  live.parentElement.hidden = false;
  for (const [place, kind] of [[live, "change"], [filter, "input"], [document, "visibilitychange"]]) {
    place.addEventListener(kind, follow);
  }
  follow();
}

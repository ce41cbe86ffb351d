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

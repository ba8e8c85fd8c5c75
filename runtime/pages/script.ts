// The script of the copy buttons. Without it the buttons stay hidden, and everything else works.

export const SCRIPT = `
"use strict";
const said = document.getElementById("said");
for (const button of document.querySelectorAll("button[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  const label = button.firstChild;
  const word = label.data;
  let timer;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const done = await copy(source);
    label.data = done ? "Copied" : "Press Ctrl+C";
    said.textContent = done ? "Copied" : "Selected. Press Ctrl+C to copy.";
    clearTimeout(timer);
    timer = setTimeout(() => {
      label.data = word;
      said.textContent = "";
    }, 2000);
  });
}
async function copy(source) {
  try {
    await navigator.clipboard.writeText(source.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(source);
    return document.execCommand("copy");
  }
}
`;

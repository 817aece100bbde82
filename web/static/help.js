// The help of a view: opened by F1, "?" or its button, closed by them, by Esc or by its own button.
"use strict";

const helpWords = document.getElementById("help-words");
document.getElementById("help")?.addEventListener("click", () => {
  helpWords.showModal();
  helpWords.scrollTop = 0; // its button at the end has the focus, and is scrolled to
});
document.getElementById("help-close")?.addEventListener("click", () => helpWords.close());

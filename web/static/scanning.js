// The page that was scanned can be shown larger. That stays so when the view comes anew with the news, and what somebody
// looks at stays in sight.
"use strict";

const board = document.getElementById("board");
const inSight = { picture: "", x: 0, y: 0 };
const newest = () => document.getElementById("newest");

board.addEventListener("scroll", ({ target }) => Object.assign(inSight, { picture: newest()?.src, x: target.scrollLeft, y: target.scrollTop }), true);

async function showAgain() {
  showPaper();
  if (newest()?.src !== inSight.picture) return;
  await newest().decode().catch(() => {}); // there is nowhere to scroll to before
  document.getElementById("paper")?.scrollTo(inSight.x, inSight.y);
}

showPaper();
new MutationObserver(showAgain).observe(board, { childList: true });

// What is sent to the station and asked of it in the background: one thing after the other, in the order of the keys.
"use strict";

const outbox = (() => {
  const jobs = [];
  const drained = [];
  let spare = async () => false;
  let working = false;

  async function work() {
    if (working) return;
    working = true;
    for (;;) {
      if (jobs.length) {
        await jobs[0]().catch(reportError); // one that fails stops none behind it
        jobs.shift();
      } else {
        drained.splice(0).forEach((act) => act());
        // What comes meanwhile finds somebody at work, and is not waited for by anybody else.
        if (!jobs.length && !(await spare()) && !jobs.length) break;
      }
    }
    working = false;
  }

  // The login is over, by whatever answer that was told: nobody is asked whether to leave.
  let isAbandoned = false;
  document.addEventListener("loginend", () => (isAbandoned = true));
  const isBusy = () => jobs.length > 0 && !isAbandoned;

  // Nobody leaves the page while something of it is on the way: links and forms wait, the browser asks.
  for (const [kind, chosen] of [["click", "a[href]:not([target])"], ["submit", "form"]]) {
    document.addEventListener(kind, (event) => {
      const leaving = event.target.closest(chosen);
      if (!leaving || event.defaultPrevented || !isBusy()) return;
      event.preventDefault();
      drained.push(() => (kind === "click" ? leaving.click() : leaving.requestSubmit(event.submitter)));
    });
  }
  window.addEventListener("beforeunload", (event) => isBusy() && event.preventDefault());

  return {
    isBusy,
    // Do this behind all that waits.
    add(job) {
      jobs.push(job);
      work();
    },
    // What to do while nothing waits: it says whether there was anything.
    useSpareTime(job) {
      spare = job;
      work();
    },
    // An answer of the station, however long it is away.
    async ask(address, options) {
      for (let wait = 1; ; wait = Math.min(2 * wait, 8)) {
        try {
          return await fetch(address, options);
        } catch {
          await new Promise((later) => setTimeout(later, wait * 1000));
        }
      }
    },
  };
})();

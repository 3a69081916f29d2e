// The pages about one's lab: it is stopped, its start is followed, its end is waited for.
(() => {
  const LOOK_AGAIN = 5_000;
  const BETWEEN = 500;
  const PATIENCE = 60_000;

  // What JupyterHub says of a start, as this platform does.
  const WORDS = { "Server requested": "A lab is asked for.", "Spawning server...": "It is being started." };

  const wait = (milliseconds) => new Promise((done) => window.setTimeout(done, milliseconds));

  const ask = (address, method, xsrf) =>
    fetch(address, {
      method,
      headers: { "X-XSRFToken": xsrf, Accept: "application/json" },
      credentials: "same-origin",
      cache: "no-store",
    });

  // The hub answers 202 where the server takes its time to end: then it is asked until the server is gone.
  const stop = async (user, xsrf) => {
    const answer = await ask(`${user}/server`, "DELETE", xsrf);
    if (!answer.ok) throw new Error(answer.status === 403 ? "This page is out of date. Load it again." : "");
    const until = Date.now() + PATIENCE;
    while (answer.status === 202 && Date.now() < until) {
      const known = await ask(user, "GET", xsrf);
      if (known.ok && !Object.keys((await known.json()).servers ?? {}).length) return;
      await wait(BETWEEN);
    }
  };

  const offerStop = (button) => {
    const trouble = document.getElementById("stop-trouble");
    const words = button.textContent;
    button.addEventListener("click", async () => {
      if (button.getAttribute("aria-busy") === "true") return;
      button.setAttribute("aria-busy", "true");
      button.textContent = "Stopping…";
      trouble.hidden = true;
      try {
        await stop(button.dataset.agStop, button.dataset.agXsrf);
        window.location.reload();
      } catch (error) {
        button.removeAttribute("aria-busy");
        button.textContent = words;
        trouble.textContent = `It could not be stopped. ${(error instanceof TypeError ? "" : error.message) || "Try again in a moment."}`;
        trouble.hidden = false;
      }
    });
  };

  const follow = (address) => {
    const message = document.getElementById("progress-message");
    const bar = document.getElementById("progress-bar");
    const log = document.getElementById("progress-log");
    const events = new EventSource(address);
    events.onmessage = ({ data }) => {
      const event = JSON.parse(data);
      if (event.progress !== undefined) {
        bar.setAttribute("aria-valuenow", String(event.progress));
        bar.style.width = `${event.progress}%`;
      }
      if (event.message) {
        const textContent = WORDS[event.message] ?? event.message;
        message.textContent = textContent;
        log.append(Object.assign(document.createElement("div"), { textContent }));
      }
      if (event.ready) {
        events.close();
        window.location.reload();
      } else if (event.failed) {
        events.close();
        bar.classList.add("hub-failed");
        document.getElementById("progress-details").open = true;
        // The page of a failed start says why, and what can be done.
        window.setTimeout(() => window.location.reload(), BETWEEN);
      }
    };
  };

  window.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-ag-stop]")) offerStop(button);
    for (const section of document.querySelectorAll("[data-ag-progress]")) follow(section.dataset.agProgress);
    if (document.querySelector("[data-ag-look-again]")) {
      window.setTimeout(() => window.location.reload(), LOOK_AGAIN);
    }
    // Where in the lab one was going is not lost by starting it first.
    const start = document.getElementById("start");
    if (start && window.location.hash) start.href += window.location.hash;
  });
})();

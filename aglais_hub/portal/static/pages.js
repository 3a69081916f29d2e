// What the pages do beyond HTML: times in the viewer's own zone, time left, passwords shown, buttons pressed once.
(() => {
  const MINUTE = 60_000;
  const DAY = 24 * 60 * MINUTE;

  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
  const day = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });
  const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });

  const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

  const isSameDay = (a, b) => a.toDateString() === b.toDateString();

  // "17:20" today, "09:00 tomorrow", "Wed 25 Nov 06:00" later, "25 Nov 2027" in another year.
  const inWords = (instant, now) => {
    if (isSameDay(instant, now)) return clock.format(instant);
    if (isSameDay(instant, new Date(now.getTime() + DAY))) return `${clock.format(instant)} tomorrow`;
    if (isSameDay(instant, new Date(now.getTime() - DAY))) return `${clock.format(instant)} yesterday`;
    if (Math.abs(instant - now) > 180 * DAY) return date.format(instant);
    return `${day.format(instant)} ${clock.format(instant)}`;
  };

  const left = (milliseconds) => {
    const minutes = Math.ceil(milliseconds / MINUTE);
    if (minutes <= 0) return "time is over";
    if (minutes < 60) return `${minutes} min left`;
    const hours = Math.floor(minutes / 60);
    if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min left` : `${hours} h left`;
    return `${Math.floor(hours / 24)} days left`;
  };

  const showTimes = () => {
    const now = new Date();
    for (const element of document.querySelectorAll("time[data-ag]")) {
      const instant = new Date(element.dateTime);
      const from = element.dataset.agFrom && new Date(element.dataset.agFrom);
      const show = { left: () => left(instant - now), day: () => date.format(instant) }[element.dataset.ag];
      if (show) element.textContent = show();
      else element.textContent = from && isSameDay(from, instant) ? clock.format(instant) : inWords(instant, now);
      element.title = whole.format(instant);
    }
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    for (const element of document.querySelectorAll("[data-ag-zone]")) {
      element.textContent = `Times in ${timeZone.replace(/_/g, " ")}.`;
      element.hidden = !document.querySelector("time[data-ag]");
    }
  };

  const showSecrets = () => {
    for (const button of document.querySelectorAll(".hub-secret button")) {
      const field = button.parentElement.querySelector("input");
      button.hidden = false;
      button.addEventListener("click", () => {
        const hidden = field.type === "password";
        field.type = hidden ? "text" : "password";
        button.textContent = hidden ? "Hide" : "Show";
        field.focus();
      });
    }
  };

  // What a button copies is the text of the element that it names.
  const copyTexts = () => {
    for (const button of document.querySelectorAll("[data-ag-copy]")) {
      const label = button.textContent;
      const said = document.getElementById("copied");
      button.hidden = false;
      button.addEventListener("click", async () => {
        const text = document.getElementById(button.dataset.agCopy).textContent.trim();
        try {
          await navigator.clipboard.writeText(text);
          button.textContent = "Copied";
        } catch {
          // Without https there is no clipboard to write to: it is selected, to be copied by hand.
          const shown = document.getElementById(button.dataset.agCopy);
          shown.closest("details")?.setAttribute("open", "");
          window.getSelection().selectAllChildren(shown);
          button.textContent = "Press Ctrl-C";
        }
        said.textContent = button.textContent;
        window.setTimeout(() => {
          said.textContent = "";
          button.textContent = label;
        }, 4_000);
      });
    }
  };

  // A second click on a slow page would be a second attempt.
  const pressOnce = () => {
    for (const form of document.querySelectorAll("form[data-ag-once]")) {
      form.addEventListener("submit", (event) => {
        const button = event.submitter ?? form.querySelector("button");
        if (form.dataset.agSent) {
          event.preventDefault();
          return;
        }
        form.dataset.agSent = "yes";
        if (button) {
          button.setAttribute("aria-busy", "true");
          if (button.dataset.agBusy) button.textContent = button.dataset.agBusy;
        }
      });
    }
    // A page that comes back from the browser's history is as good as new.
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) window.location.reload();
    });
  };

  window.addEventListener("DOMContentLoaded", () => {
    showTimes();
    showSecrets();
    pressOnce();
    copyTexts();
    window.setInterval(showTimes, 15_000);
    for (const link of document.querySelectorAll("[data-ag-reload]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        window.location.reload();
      });
    }
  });
})();

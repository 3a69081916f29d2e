// What the pages do beyond HTML: times in the viewer's own zone, time left, passwords shown, buttons pressed once.
(() => {
  const MINUTE = 60_000;
  const DAY = 24 * 60 * MINUTE;

  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
  const day = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });

  const isSameDay = (a, b) => a.toDateString() === b.toDateString();

  // "17:20" today, "tomorrow 09:00", "Wed 25 Nov 06:00" later.
  const inWords = (instant, now) => {
    if (isSameDay(instant, now)) return clock.format(instant);
    if (isSameDay(instant, new Date(now.getTime() + DAY))) return `tomorrow ${clock.format(instant)}`;
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
      element.textContent = element.dataset.ag === "left" ? left(instant - now) : inWords(instant, now);
      element.title = instant.toLocaleString();
    }
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    for (const element of document.querySelectorAll("[data-ag-zone]")) {
      element.textContent = `Times in ${zone.replace(/_/g, " ")}.`;
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
        button.setAttribute("aria-pressed", String(hidden));
        field.focus();
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
    window.setInterval(showTimes, 15_000);
    for (const link of document.querySelectorAll("[data-ag-reload]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        window.location.reload();
      });
    }
  });
})();

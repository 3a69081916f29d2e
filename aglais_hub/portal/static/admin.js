// JupyterHub's admin panel draws some buttons as pictures only: here they get words, and a place in the keyboard's order.
(() => {
  const DETAILS = "-collapse-button";

  const nameButtons = () => {
    for (const button of document.querySelectorAll(`[data-testid$="${DETAILS}"]:not([aria-label])`)) {
      button.setAttribute("aria-label", `Details of ${button.dataset.testid.slice(0, -DETAILS.length)}`);
    }
    for (const icon of document.querySelectorAll(".sort-icon:not([role])")) {
      icon.setAttribute("role", "button");
      icon.setAttribute("aria-label", `Sort by ${icon.parentElement.textContent.trim().toLowerCase()}`);
      icon.tabIndex = 0;
      icon.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        icon.click();
      });
    }
  };

  window.addEventListener("DOMContentLoaded", () => {
    const panel = document.getElementById("react-admin-hook");
    new MutationObserver(nameButtons).observe(panel, { childList: true, subtree: true });
    nameButtons();
  });
})();

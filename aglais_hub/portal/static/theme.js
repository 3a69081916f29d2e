// Sets light or dark before the first paint, as JupyterHub's own pages do and from the same choice.
(() => {
  const key = "jupyterhub-bs-theme";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const chosen = localStorage.getItem(key);
    const theme = chosen === "dark" || chosen === "light" ? chosen : dark.matches ? "dark" : "light";
    document.documentElement.setAttribute("data-bs-theme", theme);
  };
  apply();
  dark.addEventListener("change", apply);
  window.addEventListener("storage", apply);
  // Paper is light.
  window.addEventListener("beforeprint", () => document.documentElement.setAttribute("data-bs-theme", "light"));
  window.addEventListener("afterprint", apply);
  window.addEventListener("DOMContentLoaded", () => {
    document.getElementById("dark-theme-toggle")?.addEventListener("click", () => {
      const isDark = document.documentElement.getAttribute("data-bs-theme") === "dark";
      localStorage.setItem(key, isDark ? "light" : "dark");
      apply();
    });
  });
})();

// Before the page is drawn: the theme the reader chose, so that nothing flashes.
(() => {
  try {
    const theme = localStorage.getItem("labbook:theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be refused (private windows, file://): the system's choice stays.
  }
})();

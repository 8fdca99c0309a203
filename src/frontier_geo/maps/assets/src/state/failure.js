// Say on the page that it could not be shown.

/** Show a message on top of the map, once, and tell tests and other scripts by `data-error`. */
export const failWith = (app, error) => {
  const { root, words } = app;
  root.dataset.error = String((error && error.message) || error);
  root.querySelector(":scope > .fg-failure")?.remove();
  const message = document.createElement("p");
  message.className = "fg-failure";
  message.setAttribute("role", "alert");
  message.dir = "auto";
  message.textContent = words ? words.t("page.failed") : root.dataset.failed || root.dataset.error;
  root.prepend(message);
  console.error(error);
};

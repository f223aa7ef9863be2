// An element with a class, a text and a tooltip, each where there is one.
function make(tag, className, text, title) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  if (title) made.title = title;
  return made;
}

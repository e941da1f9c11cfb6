// What the theme leaves out: a name for the dialog of the search, and wide tables by keyboard.
document$.subscribe(() => setTimeout(() => {
  document.querySelector(".md-search").setAttribute("aria-label", "Search")
  for (const wide of document.querySelectorAll(".md-typeset__scrollwrap")) wide.tabIndex = 0
}))

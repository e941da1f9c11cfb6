"use strict";
// Draws each figure when it comes near, and hands the choices above a group of figures to them.
(() => {
  const views = new Map();
  const options = { actions: false, ast: true, mode: "vega-lite", renderer: "svg", tooltip: { theme: "page" } };

  function choose(group) {
    for (const control of group.querySelectorAll("[data-signal]")) {
      const value = control.dataset.kind === "number" ? Number(control.value) : control.value;
      for (const holder of group.querySelectorAll(".chart")) {
        const view = views.get(holder);
        if (view) view.signal(control.dataset.signal, value).runAsync();
      }
    }
  }

  async function draw(holder) {
    const spec = JSON.parse(holder.parentElement.querySelector("script").textContent);
    const { view } = await vegaEmbed(holder, spec, options);
    holder.querySelector("svg").setAttribute("aria-hidden", "true"); // its holder says what it shows
    views.set(holder, view);
    holder.dataset.drawn = "true";
    const group = holder.closest("[data-group]");
    if (group) choose(group);
  }

  const near = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      draw(target);
    }
  }, { rootMargin: "600px" });

  for (const holder of document.querySelectorAll(".chart")) near.observe(holder);
  for (const group of document.querySelectorAll("[data-group]")) {
    group.addEventListener("change", () => choose(group));
    group.querySelector(".controls").hidden = false;
  }
  addEventListener("beforeprint", () => {
    for (const holder of document.querySelectorAll(".chart:not([data-drawn])")) draw(holder);
  });
})();

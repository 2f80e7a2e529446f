// Printing opens what is folded, and folds it again; the navigation says which section is being read.
(() => {
  "use strict";
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open]):not(.long)")];
    for (const d of opened) d.open = true;
  });
  addEventListener("afterprint", () => {
    for (const d of opened) d.open = false;
    opened = [];
  });
  // What scrolls by itself can be reached with the keyboard, and nothing else has to be passed on the way.
  const reach = () => {
    for (const e of document.querySelectorAll(".scroll, .topology, pre")) {
      if (e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight) e.tabIndex = 0;
      else e.removeAttribute("tabindex");
    }
  };
  addEventListener("resize", reach);
  document.addEventListener("toggle", reach, true);
  reach();
  // A link to what is folded opens it.
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target && target.closest("details:not([open])");
    if (folded) {
      folded.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", reveal);
  reveal();
  const links = new Map();
  for (const a of document.querySelectorAll("nav.sections a")) links.set(a.hash.slice(1), a);
  const here = new IntersectionObserver((entries) => {
    for (const e of entries) {
      if (!e.isIntersecting) continue;
      for (const a of links.values()) a.removeAttribute("aria-current");
      const a = links.get(e.target.id);
      if (!a) continue;
      a.setAttribute("aria-current", "true");
      const strip = a.closest("ul");
      strip.scrollTo({left: a.offsetLeft - strip.clientWidth / 2 + a.clientWidth / 2});
    }
  }, {rootMargin: "-15% 0px -75% 0px"});
  for (const s of document.querySelectorAll("main section[id]")) here.observe(s);
})();

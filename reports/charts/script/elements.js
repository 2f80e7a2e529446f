// What is added to a chart, and what is drawn anew when it is zoomed.

function make(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function draw(parent, name, attributes, text) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  parent.append(node);
}

// pointsOf are the places on which the cursor may stand: samples, and the ends of the columns of a heat strip, because a
// sample stands at the end of its time as well.
function pointsOf(data, series) {
  if (data.heat) {
    if (data.heat.names.length === 0) return [];
    const count = Math.ceil((data.x.hi - data.x.lo) / data.heat.column - 1e-9);
    return Array.from({ length: count }, (_, i) => Math.min(data.x.lo + (i + 1) * data.heat.column, data.x.hi));
  }
  const own = [...new Set(series.map((one) => one.x))];
  if (own.length === 1) return places[own[0]];
  return [...new Set(own.flatMap((i) => places[i]))].sort((a, b) => a - b);
}

function hiding(figure) {
  for (const button of figure.querySelectorAll(".chart-legend button")) {
    button.disabled = false;
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      for (const node of figure.querySelectorAll('.chart-svg [data-series="' + button.dataset.series + '"]')) {
        node.classList.toggle("chart-off", !on);
      }
    });
  }
}

// addTools adds the buttons of the zoom; those that it returns are of no use where all is in sight.
function addTools(figure, group, axis) {
  const button = (text, name, click) => {
    const node = make("button", { type: "button", "aria-label": name, title: name }, text);
    node.addEventListener("click", click);
    return node;
  };
  const out = button("−", "Zoom out", () => scaleBy(group, axis, 2));
  const whole = button("reset", "Reset the zoom", () => reset(group));
  out.disabled = whole.disabled = true;
  figure.prepend(make("div", { class: "chart-tools" }, button("+", "Zoom in", () => scaleBy(group, axis, 0.5)), out, whole));
  return [out, whole];
}

function zoomedAxis(parent, unit, lo, hi, bottom) {
  const values = linearTicks(unit, lo, hi, 8), step = values.length > 1 ? values[1] - values[0] : 1;
  for (const v of values) {
    const at = ((v - lo) / (hi - lo)) * 100 + "%";
    const minor = values.length > 4 && Math.round(Math.abs(v / step)) % 2 === 1;
    draw(parent, "line", { class: "chart-base", x1: at, x2: at, y1: bottom, y2: bottom + 4 });
    draw(parent, "text", { class: "chart-tick" + (minor ? " chart-wide" : ""), x: at, y: bottom + 16, "text-anchor": "middle" }, label(unit, v));
  }
}

// zoomedNames writes the names of faults and phases that are in sight, where there is room up to the next one.
function zoomedNames(svg, names, data, whole, seen) {
  svg.querySelector(".chart-zoomed")?.remove();
  names.classList.toggle("chart-off", !whole);
  if (whole) return;
  draw(svg, "g", { class: "chart-zoomed" });
  const width = svg.clientWidth || svg.getBoundingClientRect().width;
  const lines = [["chart-phase-name", data.phases, Number(names.dataset.phases)], ["chart-fault-name", data.faults, Number(names.dataset.faults)]];
  for (const [kind, stretches, y] of lines) {
    const inSight = (stretches || []).filter((s) => seen(s.ended) > 0 && seen(s.began) < 1);
    inSight.forEach((s, i) => {
      const at = Math.max(seen(s.began), 0), next = i + 1 < inSight.length ? Math.max(seen(inSight[i + 1].began), 0) : 1.05;
      const text = [s.name, s.name.split(" ")[0]].find((t) => (t.length + 1) * 6.3 <= (next - at) * width);
      if (text) draw(svg.querySelector(".chart-zoomed"), "text", { class: kind, x: at * 100 + "%", dx: 2, y }, text);
    });
  }
}

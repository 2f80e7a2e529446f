// What makes one chart answer.

function attach(data) {
  const figure = document.getElementById(data.id);
  if (!figure) return;
  hiding(figure);
  const series = data.series || [];
  const points = pointsOf(data, series);
  if (data.kind === "none" || points.length === 0) return;

  const group = groupOf(data.group), axis = data.x;
  const chart = { least: Math.max(0.002, Math.min(3 / points.length, 1)), show };
  const svg = figure.querySelector(".chart-svg"), curves = svg.querySelector(".chart-curves"), xAxis = svg.querySelector(".chart-x");
  const names = svg.querySelector(".chart-names");
  const [, boxTop, boxWidth, boxHeight] = curves.getAttribute("viewBox").split(" ").map(Number);
  const top = Number(svg.dataset.top), height = Number(svg.dataset.height);
  const outputs = [...figure.querySelectorAll(".chart-legend .chart-value")];
  const notes = outputs.map((output) => output.textContent);
  const ticks = [...xAxis.childNodes];
  for (const output of outputs) { // values do not push others about
    const entry = output.parentNode;
    entry.style.minWidth = "min(" + Math.max(entry.offsetWidth, 96) + "px, 100%)";
  }
  let zoomed = "0 1";

  const cursor = make("div", { class: "chart-cursor", hidden: "" });
  const moment = make("div", { class: "chart-moment", hidden: "" });
  const chosen = make("div", { class: "chart-chosen", hidden: "" });
  const pad = make("div", {
    class: "chart-pad", role: "slider", tabindex: "0", "aria-labelledby": data.id + "-title", "aria-describedby": data.id + "-description",
    "aria-valuemin": "0", "aria-valuemax": String(points.length - 1), "aria-valuenow": "0", "aria-valuetext": "no cursor",
  }, cursor, moment, chosen);
  pad.style.top = top + "px";
  pad.style.height = height + "px";
  svg.parentNode.append(pad);
  const tools = data.zoom ? addTools(figure, group, axis) : null;
  if (data.heat) pad.append(make("div", { class: "chart-picked", hidden: "" }));
  group.charts.push(chart);
  listen();

  // seen is the place of a value in the part of the axis that is in sight.
  function seen(v) {
    return (place(axis, v) - group.begin) / (group.end - group.begin);
  }

  function show() {
    const state = group.begin + " " + group.end;
    if (state !== zoomed) {
      zoomed = state;
      showZoom();
    }
    showCursor();
  }

  function showZoom() {
    const width = group.end - group.begin, whole = width >= 1;
    curves.setAttribute("viewBox", [group.begin * boxWidth, boxTop, width * boxWidth, boxHeight].join(" "));
    for (const node of svg.querySelectorAll("[data-at]")) {
      if (names && names.contains(node)) continue;
      const f = (Number(node.dataset.at) - group.begin) / width;
      node.setAttribute("x", f * 100 + "%");
      node.classList.toggle("chart-out", f < 0 || f > 1);
    }
    for (const node of svg.querySelectorAll("[data-from]")) {
      const from = (Number(node.dataset.from) - group.begin) / width, to = (Number(node.dataset.to) - group.begin) / width;
      node.setAttribute("x1", Math.min(Math.max(from, 0), 1) * 100 + "%");
      node.setAttribute("x2", Math.min(Math.max(to, 0), 1) * 100 + "%");
      node.classList.toggle("chart-out", to < 0 || from > 1);
    }
    if (tools) for (const button of tools) button.disabled = whole;
    if (whole) {
      xAxis.replaceChildren(...ticks);
    } else {
      xAxis.replaceChildren();
      zoomedAxis(xAxis, axis.unit, valueAt(axis, group.begin), valueAt(axis, group.end), top + height);
    }
    if (names) zoomedNames(svg, names, data, whole, seen);
  }

  function showCursor() {
    const f = group.cursor === null ? -1 : seen(group.cursor);
    const away = f < -1e-9 || f > 1 + 1e-9;
    cursor.hidden = moment.hidden = away;
    const picked = pad.querySelector(".chart-picked");
    if (picked) picked.hidden = away;
    if (away) {
      outputs.forEach((output, i) => {
        output.textContent = notes[i];
        output.classList.remove("chart-live");
        output.removeAttribute("data-value");
      });
      pad.setAttribute("aria-valuetext", "no cursor");
      return;
    }
    cursor.style.left = f * 100 + "%";
    moment.style.left = f * 100 + "%";
    moment.style.transform = "translateX(" + -f * 100 + "%)";
    const texts = data.heat ? [showCell(picked)] : series.map((one, i) => showValue(one, i));
    const when = momentText();
    moment.textContent = when;
    pad.setAttribute("aria-valuenow", String(nearest(points, group.cursor)));
    pad.setAttribute("aria-valuetext", when + ": " + texts.join(", "));
  }

  function showValue(one, i) {
    const at = found(data.kind, places[one.x], group.cursor);
    const v = at < 0 ? null : one.y[at];
    let text = exact(data.unit, v);
    if (one.of) text = v === null ? "–" : digits(v) + " of " + digits(one.of);
    if (one.low && v !== null) text += " (" + exact(data.unit, one.low[at]) + " to " + exact(data.unit, one.high[at]) + ")";
    write(outputs[i], text, v);
    return one.name + " " + (v === null ? "no sample" : text);
  }

  function write(output, text, v) {
    if (!output) return;
    output.textContent = text;
    output.classList.add("chart-live");
    output.dataset.value = v === null ? "" : String(v);
  }

  function showCell(picked) {
    const rows = data.heat.names.length, row = Math.min(group.row, rows - 1);
    const column = Math.max(Math.ceil((group.cursor - axis.lo) / data.heat.column - 1e-9) - 1, 0);
    const cells = data.heat.cells[row] || [];
    let at = 0, count = 0;
    for (let i = 0; i < cells.length && at <= column; i += 2) {
      at += cells[i];
      if (at === column) count = cells[i + 1];
    }
    const left = Math.max(seen(axis.lo + column * data.heat.column), 0);
    picked.style.left = left * 100 + "%";
    picked.style.width = (Math.min(seen(axis.lo + (column + 1) * data.heat.column), 1) - left) * 100 + "%";
    picked.style.top = (row / rows) * 100 + "%";
    picked.style.height = 100 / rows + "%";
    const text = data.heat.names[row] + ": " + digits(count) + " " + data.heat.what;
    write(outputs[outputs.length - 1], text, count);
    return text;
  }

  // momentText says where the cursor is, and what went on then.
  function momentText() {
    const v = group.cursor;
    if (axis.quantile) return percentage(v);
    if (data.kind === "bin") {
      const edges = places[series[0].x], i = found("bin", edges, v);
      return exact(axis.unit, round(edges[i], 6)) + " to " + exact(axis.unit, round(i + 1 < edges.length ? edges[i + 1] : axis.hi, 6));
    }
    // A sample is of the time since the one before: a fault that was on at any time of it is named, and the phase of its end.
    const at = nearest(points, v), since = at > 0 ? points[at - 1] : axis.lo;
    const phases = (data.phases || []).filter((s) => s.began < v && v <= s.ended);
    const faults = (data.faults || []).filter((s) => s.began <= v && s.ended > since);
    return [(data.heat ? clock(since) + " to " : "") + exact(axis.unit, v), ...phases.concat(faults).map((s) => s.name)].join(" · ");
  }

  // move puts the cursor on a point.
  function move(i) {
    group.cursor = points[Math.min(Math.max(i, 0), points.length - 1)];
    const f = place(axis, group.cursor);
    if (f < group.begin || f > group.end) {
      const width = group.end - group.begin;
      zoom(group, f - width / 2, f + width / 2);
    }
    refresh(group);
  }

  function listen() {
    let start = null;
    const partOf = (event) => {
      const box = pad.getBoundingClientRect();
      return Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
    };
    const point = (event) => {
      const v = valueAt(axis, group.begin + partOf(event) * (group.end - group.begin));
      group.cursor = data.heat ? points[Math.min(after(points, v), points.length - 1)] : points[nearest(points, v)];
      if (data.heat) {
        const box = pad.getBoundingClientRect();
        group.row = Math.min(Math.max(Math.floor(((event.clientY - box.top) / box.height) * data.heat.names.length), 0), data.heat.names.length - 1);
      }
      refresh(group);
    };
    const endDrag = () => {
      start = null;
      chosen.hidden = true;
    };
    pad.addEventListener("pointermove", (event) => {
      point(event);
      if (start === null) return;
      const now = partOf(event);
      chosen.hidden = false;
      chosen.style.left = Math.min(start, now) * 100 + "%";
      chosen.style.width = Math.abs(now - start) * 100 + "%";
    });
    pad.addEventListener("pointerdown", (event) => {
      point(event);
      if (!data.zoom || event.pointerType === "touch" || event.button !== 0) return;
      start = partOf(event);
      pad.setPointerCapture(event.pointerId);
    });
    pad.addEventListener("pointerup", (event) => {
      if (start === null) return;
      const from = Math.min(start, partOf(event)), to = Math.max(start, partOf(event)), width = group.end - group.begin;
      endDrag();
      if ((to - from) * pad.clientWidth > 6) zoom(group, group.begin + from * width, group.begin + to * width);
    });
    pad.addEventListener("pointercancel", endDrag);
    pad.addEventListener("pointerleave", (event) => {
      if (start !== null || event.pointerType === "touch") return;
      group.cursor = null;
      refresh(group);
    });
    if (data.zoom) pad.addEventListener("dblclick", () => reset(group));
    pad.addEventListener("keydown", key);
  }

  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = group.cursor === null ? -1 : nearest(points, group.cursor), step = event.shiftKey ? 10 : 1;
    const first = after(points, valueAt(axis, group.begin));
    switch (event.key) {
      case "ArrowRight": move(at < 0 ? first : at + step); break;
      case "ArrowLeft": move(at < 0 ? first : at - step); break;
      case "Home": move(0); break;
      case "End": move(points.length - 1); break;
      case "ArrowUp":
      case "ArrowDown":
        if (!data.heat) return;
        group.row = Math.min(Math.max(group.row + (event.key === "ArrowUp" ? -step : step), 0), data.heat.names.length - 1);
        if (at < 0) move(first);
        refresh(group);
        break;
      case "+":
      case "=":
        if (!data.zoom) return;
        scaleBy(group, axis, 0.5);
        break;
      case "-":
        if (!data.zoom) return;
        scaleBy(group, axis, 2);
        break;
      case "Escape": reset(group); break;
      default: return;
    }
    event.preventDefault();
  }
}

// How values and ticks are written: the same as format.go and scale.go do it. The parts of the script share one scope.

const microsecond = 1e3, millisecond = 1e6, second = 1e9, minute = 60 * second, hour = 60 * minute;
const largest = 1e24; // no measurement is larger

function round(v, significant) {
  return v === 0 ? 0 : Number(v.toPrecision(significant));
}

function digits(v) {
  const abs = Math.abs(v);
  if (v === 0) return "0";
  if (abs >= 1e15 || abs < 1e-6) return v.toExponential(3);
  let [whole, fraction] = String(abs).split(".");
  whole = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return (v < 0 ? "-" : "") + whole + (fraction ? "." + fraction : "");
}

function span(v) {
  const abs = Math.abs(v);
  if (v === 0) return "0 s";
  if (abs < microsecond) return digits(v) + " ns";
  if (abs < millisecond) return digits(v / microsecond) + " µs";
  if (abs < second) return digits(v / millisecond) + " ms";
  return digits(v / second) + " s";
}

function clock(v) {
  const sign = v < 0 ? "-" : "";
  v = Math.floor(Math.abs(v) + 0.5);
  if (v >= 1e15) return sign + digits(v / hour) + " h";
  const h = Math.floor(v / hour), m = Math.floor((v % hour) / minute), ns = v % minute;
  const s = (ns < 10 * second ? "0" : "") + digits(ns / second);
  if (h === 0) return sign + m + ":" + s;
  return sign + digits(h) + ":" + (m < 10 ? "0" : "") + m + ":" + s;
}

function binary(v) {
  const units = [" B", " KiB", " MiB", " GiB", " TiB", " PiB"];
  let i = 0;
  for (; Math.abs(v) >= 1024 && i < units.length - 1; i++) v /= 1024;
  return digits(round(v, 4)) + units[i];
}

function exact(unit, v) {
  if (v === null || !(Math.abs(v) <= largest)) return "–";
  switch (unit) {
    case "ns": return span(v);
    case "B": return digits(v) + " B";
    case "share": return digits(round(v * 100, 9)) + " %";
    case "clock": return clock(v);
    default: return digits(v);
  }
}

function label(unit, v) {
  const abs = Math.abs(v);
  if (unit === "B") return binary(v);
  if (!unit && abs >= 1e6 && abs < 1e15) {
    for (const [of, name] of [[1e12, " T"], [1e9, " G"], [1e6, " M"]]) {
      if (abs >= of) return digits(round(v / of, 6)) + name;
    }
  }
  return exact(unit, v);
}

// percentage writes the quantile at a place on the scale of nines: with as many digits as tell it from its neighbours.
function percentage(nines) {
  const part = 1 - Math.pow(10, -nines);
  return (part * 100).toFixed(Math.min(Math.max(Math.ceil(nines), 1), 12)) + " %";
}

function roundUp(v) {
  const power = Math.pow(10, Math.floor(Math.log10(v)));
  for (const m of [1, 2, 5]) {
    if (m * power >= v * (1 - 1e-12)) return round(m * power, 12);
  }
  return round(10 * power, 12);
}

function niceStep(unit, least) {
  if (unit === "B" && least > 1) {
    let step = 1;
    while (step < least) step *= 2;
    return step;
  }
  if (unit === "clock" && least > second / 2) {
    for (const s of [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200]) {
      if (s * second >= least) return s * second;
    }
    return Math.ceil(least / (24 * hour)) * 24 * hour;
  }
  return roundUp(least);
}

function linearTicks(unit, lo, hi, n) {
  if (!(hi > lo)) return [lo];
  const step = niceStep(unit, (hi - lo) / n), slack = 1e-9, ticks = [];
  for (let i = Math.ceil(lo / step - slack); i <= Math.floor(hi / step + slack); i++) {
    ticks.push(step < 1 && 1 / step <= 1e15 ? i / Math.round(1 / step) : i * step);
  }
  return ticks;
}

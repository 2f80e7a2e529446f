// Where values are: on an axis, among samples, in groups of charts that are moved together.

// place is where a value lies on an axis, from 0 to 1; valueAt is its inverse.
function place(axis, v) {
  return axis.log ? Math.log(v / axis.lo) / Math.log(axis.hi / axis.lo) : (v - axis.lo) / (axis.hi - axis.lo);
}

function valueAt(axis, f) {
  return axis.log ? axis.lo * Math.pow(axis.hi / axis.lo, f) : axis.lo + f * (axis.hi - axis.lo);
}

// after is the index of the first number that is not below v, in numbers that rise.
function after(numbers, v) {
  let from = 0, to = numbers.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (numbers[middle] < v) from = middle + 1;
    else to = middle;
  }
  return from;
}

function nearest(numbers, v) {
  const i = after(numbers, v);
  if (i === 0) return 0;
  if (i === numbers.length) return i - 1;
  return v - numbers[i - 1] <= numbers[i] - v ? i - 1 : i;
}

// found is the index of the value that a series has at v; -1: none.
function found(kind, numbers, v) {
  if (numbers.length === 0) return -1;
  switch (kind) {
    case "next": {
      const i = after(numbers, v * (1 - 1e-9) - 1e-9);
      return i < numbers.length ? i : -1;
    }
    case "step":
    case "bin": {
      const i = after(numbers, v);
      return numbers[i] === v ? i : i - 1;
    }
    default: return nearest(numbers, v);
  }
}

// A group is charts with one cursor and one zoom: the part of their axis from begin to end, from 0 to 1.
const groups = new Map();

function groupOf(key) {
  if (!groups.has(key)) groups.set(key, { charts: [], begin: 0, end: 1, cursor: null, row: 0, pending: false });
  return groups.get(key);
}

// refresh draws the state of a group, once per frame.
function refresh(group) {
  if (group.pending) return;
  group.pending = true;
  requestAnimationFrame(() => {
    group.pending = false;
    for (const chart of group.charts) chart.show();
  });
}

function zoom(group, begin, end) {
  const least = Math.max(...group.charts.map((chart) => chart.least));
  const width = Math.min(Math.max(end - begin, least), 1);
  group.begin = Math.min(Math.max((begin + end - width) / 2, 0), 1 - width);
  group.end = group.begin + width;
  refresh(group);
}

// scaleBy zooms around the cursor, or around the middle where it is out of sight.
function scaleBy(group, axis, factor) {
  const width = group.end - group.begin;
  let centre = group.cursor === null ? -1 : place(axis, group.cursor);
  if (centre < group.begin || centre > group.end) centre = (group.begin + group.end) / 2;
  const part = (centre - group.begin) / width;
  zoom(group, centre - part * width * factor, centre + (1 - part) * width * factor);
}

function reset(group) {
  group.cursor = null;
  zoom(group, 0, 1);
}

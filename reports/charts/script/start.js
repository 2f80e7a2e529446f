// What makes the charts of a page answer: a cursor with exact values, zoom, and hiding of series. Everything that is drawn
// was drawn before; without this script only these are missing.

const source = document.getElementById("chart-data");
if (!source) return;
const page = JSON.parse(source.textContent);
const places = page.x.map((steps) => {
  let at = 0;
  return steps.map((step) => (at += step));
});

// A chart that cannot be brought to life stays as it was drawn, and the others do not suffer.
for (const data of page.charts) {
  try {
    attach(data);
  } catch (err) {
    console.error(data.id, err);
  }
}
window.mqbenchCharts = Object.freeze({ exact, label, linearTicks });

package page

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// A drawing is the brokers and what joins them, in pixels.
type drawing struct {
	Width, Height int
	// Label says the same in words.
	Label string
	Boxes []box
	Lines []line
	// Around encloses brokers each of which is joined to every other, where lines would be too many.
	Around *box
}

// A box is a broker, or a balancer; Clients and Hits are below its name.
type box struct {
	X, Y, W, H    int
	Name, Clients string
	Hits          string
	Target        bool
}

// Places of the texts of a box.
func (b box) CenterX() int  { return b.X + b.W/2 }
func (b box) NameY() int    { return b.Y + 21 }
func (b box) ClientsY() int { return b.Y + 37 }
func (b box) HitsY() int {
	if b.Clients == "" {
		return b.ClientsY()
	}
	return b.Y + 54
}

// A line joins two boxes; a dashed one is of a standby, which shares nothing.
type line struct {
	X1, Y1, X2, Y2 int
	Dashed         bool
}

// Sizes of the drawing.
const (
	boxWidth, boxHeight = 124, 48
	stepX, stepY        = 148, 92
	margin              = 12
	// roundMost is how many brokers stand in a circle with a line between any two.
	roundMost = 8
)

// drawTopology draws the brokers of a run, how they are joined, how many clients began where, and what faults hit.
// Without the record it is not known where clients began.
func drawTopology(r *reports.Result, record *history.Run) drawing {
	var names []string
	for _, b := range r.Brokers {
		names = append(names, b.Name)
	}
	balancer := ""
	if n := r.Topology.Nodes; r.Topology.Balancer != "" && n < len(names) {
		balancer, names = names[n], names[:n]
	}
	if len(names) == 0 {
		return drawing{}
	}
	d := drawing{}
	d.place(scenarios.Shape(r.Topology.Shape), len(names))
	if balancer != "" {
		d.balance(len(names))
		names = append(names, balancer)
	}
	clients, hits := clientsAt(record), hitsOn(r)
	for n := range d.Boxes {
		b := &d.Boxes[n]
		b.Name = names[n]
		if record != nil {
			b.Clients = reports.Plural(clients[n], "client")
		}
		if balancer != "" && n < len(names)-1 {
			b.Clients = "" // which broker serves whom is not known
		}
		if list := hits[b.Name]; list != "" {
			b.Hits, b.Target = "✕ "+list, true
		}
		if b.Hits != "" && b.Clients != "" {
			b.H = boxHeight + 16
		}
	}
	d.fit()
	d.Label = d.words(r)
	return d
}

// place puts brokers into their places and joins them.
func (d *drawing) place(shape scenarios.Shape, n int) {
	switch shape {
	case scenarios.ShapeCluster, scenarios.ShapeMesh:
		if n <= roundMost {
			d.circle(n)
			d.joinAll()
		} else {
			d.grid(n, 5, 0)
			d.Around = &box{}
		}
	case scenarios.ShapeStar, scenarios.ShapeEdge:
		d.grid(n-1, columnsFor(n-1), stepY+18)
		hub := box{X: d.middle() - boxWidth/2, Y: 0, W: boxWidth, H: boxHeight}
		d.Boxes = append([]box{hub}, d.Boxes...)
		for i := 1; i < n; i++ {
			d.join(i, 0, false)
		}
	case scenarios.ShapeChain:
		d.grid(n, columnsFor(n), 0)
		columns := columnsFor(n)
		for i := range d.Boxes { // every other row runs back, so that neighbours stand side by side
			if row := i / columns; row%2 == 1 {
				d.Boxes[i].X = (columns - 1 - i%columns) * stepX
			}
		}
		for i := 1; i < n; i++ {
			d.join(i, i-1, false)
		}
	case scenarios.ShapeStandby:
		d.grid(n, columnsFor(n), 0)
		for i := 1; i < n; i++ {
			d.join(i-1, i, true)
		}
	default:
		d.grid(n, columnsFor(n), 0)
	}
}

// columnsFor keeps few brokers large enough for a phone.
func columnsFor(n int) int {
	if n <= 9 {
		return max(min(n, 3), 1)
	}
	return 5
}

func (d *drawing) grid(n, columns, top int) {
	for i := range n {
		d.Boxes = append(d.Boxes, box{X: i % columns * stepX, Y: top + i/columns*stepY, W: boxWidth, H: boxHeight})
	}
}

func (d *drawing) circle(n int) {
	if n <= 2 {
		d.grid(n, 2, 0)
		return
	}
	rx, ry := math.Max(96, float64(n)*34), math.Max(66, float64(n)*26)
	for i := range n {
		sin, cos := math.Sincos(2*math.Pi*float64(i)/float64(n) - math.Pi/2)
		d.Boxes = append(d.Boxes, box{X: int(math.Round(rx * cos)), Y: int(math.Round(ry * sin)), W: boxWidth, H: boxHeight})
	}
}

func (d *drawing) joinAll() {
	for i := range d.Boxes {
		for j := range i {
			d.join(j, i, false)
		}
	}
}

// join draws a line between the centres of two boxes, which cover its ends.
func (d *drawing) join(from, to int, dashed bool) {
	a, b := d.Boxes[from], d.Boxes[to]
	d.Lines = append(d.Lines, line{
		X1: a.X + a.W/2, Y1: a.Y + boxHeight/2, X2: b.X + b.W/2, Y2: b.Y + boxHeight/2, Dashed: dashed,
	})
}

// balance puts a balancer above the first n boxes.
func (d *drawing) balance(n int) {
	top := d.Boxes[0].Y
	for _, b := range d.Boxes {
		top = min(top, b.Y)
	}
	d.Boxes = append(d.Boxes, box{X: d.middle() - boxWidth/2, Y: top - stepY - 10, W: boxWidth, H: boxHeight})
	for i := range n {
		d.join(n, i, true)
	}
}

// middle is the middle of all boxes from left to right.
func (d *drawing) middle() int {
	if len(d.Boxes) == 0 {
		return boxWidth / 2
	}
	left, right := d.Boxes[0].X, d.Boxes[0].X
	for _, b := range d.Boxes {
		left, right = min(left, b.X), max(right, b.X)
	}
	return (left + right + boxWidth) / 2
}

// fit moves everything so that it begins at the margin, and measures it.
func (d *drawing) fit() {
	left, top := math.MaxInt, math.MaxInt
	for _, b := range d.Boxes {
		left, top = min(left, b.X), min(top, b.Y)
	}
	edge := margin
	if d.Around != nil {
		edge = 2 * margin
	}
	for n := range d.Boxes {
		b := &d.Boxes[n]
		b.X, b.Y = b.X-left+edge, b.Y-top+edge
		d.Width, d.Height = max(d.Width, b.X+b.W+edge), max(d.Height, b.Y+b.H+edge)
	}
	for n := range d.Lines {
		l := &d.Lines[n]
		l.X1, l.Y1, l.X2, l.Y2 = l.X1-left+edge, l.Y1-top+edge, l.X2-left+edge, l.Y2-top+edge
	}
	if d.Around != nil {
		*d.Around = box{X: 2, Y: 2, W: d.Width - 4, H: d.Height - 4}
	}
}

// words say what the drawing shows.
func (d *drawing) words(r *reports.Result) string {
	var parts []string
	for _, b := range d.Boxes {
		said := strings.TrimSpace(strings.Join([]string{b.Name, b.Clients, strings.TrimPrefix(b.Hits, "✕ ")}, " "))
		parts = append(parts, said)
	}
	return fmt.Sprintf("Shape %s: %s.", shapeOf(r.Topology), strings.Join(parts, "; "))
}

// clientsAt counts the clients that begin at each broker.
func clientsAt(record *history.Run) map[int]int {
	count := make(map[int]int)
	if record == nil {
		return count
	}
	for _, p := range record.Publishers {
		count[p.Home]++
	}
	for _, s := range record.Subscribers {
		if s.Device == 0 {
			count[s.Home]++
		}
	}
	return count
}

// hitsOn lists the faults that hit each broker: "kill", "kill ×2, pause".
func hitsOn(r *reports.Result) map[string]string {
	counts := make(map[string]map[string]int)
	for _, i := range r.Injections {
		if i.Error != "" && i.Healing == 0 {
			continue // it was never carried out
		}
		for target := range strings.SplitSeq(i.Target, ", ") {
			if counts[target] == nil {
				counts[target] = make(map[string]int)
			}
			counts[target][i.Fault]++
		}
	}
	hits := make(map[string]string)
	for target, faults := range counts {
		var list []string
		for _, f := range slices.Sorted(maps.Keys(faults)) {
			if n := faults[f]; n > 1 {
				f = fmt.Sprintf("%s ×%d", f, n)
			}
			list = append(list, f)
		}
		hits[target] = strings.Join(list, ", ")
	}
	return hits
}

package charts

import "strconv"

// plotWidth is the width of the coordinates in which curves are drawn, whatever the width of the screen; their height is
// plotTenths times that of the plot in pixels.
const (
	plotWidth  = 1_000_000
	plotTenths = 10
)

// A path is the d attribute of an SVG path, with relative coordinates because they are short.
type path struct {
	d    []byte
	x, y int64
	on   bool
}

// to draws a line to a point, or begins one there.
func (p *path) to(x, y int64) {
	if !p.on {
		p.move(x, y)
		return
	}
	p.d = append(p.d, 'l')
	p.d = strconv.AppendInt(p.d, x-p.x, 10)
	p.pair(y - p.y)
	p.x, p.y = x, y
}

// step draws a line that keeps its height until x and jumps there.
func (p *path) step(x, y int64) {
	if !p.on {
		p.move(x, y)
		return
	}
	p.d = append(p.d, 'h')
	p.d = strconv.AppendInt(p.d, x-p.x, 10)
	p.d = append(p.d, 'v')
	p.d = strconv.AppendInt(p.d, y-p.y, 10)
	p.x, p.y = x, y
}

// dot makes a point that has nothing beside it visible: a line of no length has round ends.
func (p *path) dot(x, y int64) {
	p.move(x, y)
	p.d = append(p.d, "h0"...)
	p.on = false
}

// gap ends the line.
func (p *path) gap() { p.on = false }

// shut closes the shape that was drawn.
func (p *path) shut() {
	p.d = append(p.d, 'z')
	p.on = false
}

// move is absolute: after a shut, the current point is where the shape began.
func (p *path) move(x, y int64) {
	p.d = append(p.d, 'M')
	p.d = strconv.AppendInt(p.d, x, 10)
	p.pair(y)
	p.x, p.y, p.on = x, y, true
}

// pair appends a second coordinate: a minus sign separates as well as a space.
func (p *path) pair(v int64) {
	if v >= 0 {
		p.d = append(p.d, ' ')
	}
	p.d = strconv.AppendInt(p.d, v, 10)
}

func (p *path) String() string { return string(p.d) }

// skip moves without a line, relative to where the path is.
func (p *path) skip(x, y int64) {
	p.d = append(p.d, 'm')
	p.d = strconv.AppendInt(p.d, x-p.x, 10)
	p.pair(y - p.y)
	p.x, p.y, p.on = x, y, true
}

// along draws a line to the side.
func (p *path) along(x int64) {
	p.d = append(p.d, 'h')
	p.d = strconv.AppendInt(p.d, x-p.x, 10)
	p.x = x
}

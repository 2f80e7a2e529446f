package page

import (
	"fmt"
	"testing"

	"golang.org/x/net/html"
)

// The bounds of a page, whatever the run: what can be sent by mail, and what a phone draws without effort.
const (
	mostBytes    = 1_500_000
	mostElements = 15_000
)

// TestPagesAreBounded: an hour, ten thousand clients, thirty brokers, a thousand faults, one at a time and all at once.
func TestPagesAreBounded(t *testing.T) {
	for _, s := range []size{
		{seconds: 60, publishers: 500, subscribers: 4, brokers: 3, faults: 1, shape: "cluster"},
		{seconds: 3600, publishers: 10_000, subscribers: 10, brokers: 3, faults: 1, shape: "cluster", lost: true},
		{seconds: 3600, publishers: 10_000, subscribers: 100, brokers: 30, faults: 1000, shape: "edge", lost: true},
		{seconds: 86_400, publishers: 10, subscribers: 1, brokers: 30, faults: 12, shape: "mesh"},
		{seconds: 1, publishers: 1, subscribers: 0, brokers: 1, shape: "single"},
	} {
		t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) {
			page := written(t, made(s))
			elements := 0
			for d := range tree(t, page).Descendants() {
				if d.Type == html.ElementNode {
					elements++
				}
			}
			t.Logf("%d bytes, %d elements", len(page), elements)
			if len(page) > mostBytes {
				t.Errorf("the page has %d bytes (want at most %d)", len(page), mostBytes)
			}
			if elements > mostElements {
				t.Errorf("the page has %d elements (want at most %d)", elements, mostElements)
			}
		})
	}
}

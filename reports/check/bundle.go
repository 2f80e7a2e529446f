package check

import (
	"cmp"
	"slices"
)

// A class is what the clients of a bundle have in common: their group, and the broker at which they start.
type class struct {
	group string
	home  int
}

// bundles puts clients, given by their classes in the order of their numbers, into at most bound bundles of neighbours
// and returns the bundle of each. No bundle has clients of two classes, unless there are more classes than bundles.
func bundles(classes []class, order func(group string) int, bound int) []int {
	numbers := make([]int, len(classes))
	for n := range numbers {
		numbers[n] = n
	}
	slices.SortStableFunc(numbers, func(a, b int) int {
		x, y := classes[a], classes[b]
		return cmp.Or(cmp.Compare(order(x.group), order(y.group)), cmp.Compare(x.home, y.home))
	})
	sizes := make(map[class]int)
	for _, c := range classes {
		sizes[c]++
	}
	of := make([]int, len(classes))
	if len(sizes) > bound {
		for rank, n := range numbers {
			of[n] = rank * bound / len(numbers)
		}
		return of
	}
	// Each class has one bundle, and of those that are left as many as its part of all clients.
	base := 0
	for begin := 0; begin < len(numbers); {
		size := sizes[classes[numbers[begin]]]
		parts := min(1+(bound-len(sizes))*size/len(numbers), size)
		for rank := range size {
			of[numbers[begin+rank]] = base + rank*parts/size
		}
		base, begin = base+parts, begin+size
	}
	return of
}

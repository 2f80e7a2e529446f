package chaos

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/scenarios"
)

func TestCutOff(t *testing.T) {
	const clients = scenarios.Clients
	for _, test := range []struct {
		name  string
		sides [][]int
		want  []int
	}{
		{"the smaller side", [][]int{{1}, {2, 0}}, []int{1}},
		{"all but the largest", [][]int{{3}, {1, 2}, {0}}, []int{0, 3}},
		{"of equal sides the first", [][]int{{1}, {0}}, []int{1}},
		{"those away from the clients, however many", [][]int{{clients, 0}, {2, 1}}, []int{1, 2}},
		{"all of them", [][]int{{2, 1, 0}, {clients}}, []int{0, 1, 2}},
	} {
		if diff := cmp.Diff(test.want, cutOff(test.sides)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

package comparison

// A Slot is the place of a run in a comparison: a variant, by its number, in a round from 1.
type Slot struct{ Round, Variant int }

// Order is the order of all runs: every round has each variant once, and each round goes the other way than the one
// before it (A B C, C B A, …). Whatever drifts evenly while a comparison lasts, such as the temperature of the machine,
// then meets all variants alike: over an even number of rounds the mean place of each is the same.
func Order(variants, rounds int) []Slot {
	slots := make([]Slot, 0, variants*rounds)
	for round := 1; round <= rounds; round++ {
		for i := range variants {
			v := i
			if round%2 == 0 {
				v = variants - 1 - i
			}
			slots = append(slots, Slot{Round: round, Variant: v})
		}
	}
	return slots
}

// SeedOf is the seed of a round: all variants have the same, so that they meet the same load and the same faults, and
// rounds have different ones, so that the luck of one draw is not taken for a property of a broker.
func SeedOf(first uint64, round int) uint64 { return first + uint64(round) - 1 }

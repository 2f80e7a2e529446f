package reports

// arrivals shows how clients were let in that came by their plan.
func (s *summary) arrivals() error {
	if len(s.r.Arrivals) == 0 {
		return nil
	}
	t := &Table{
		Header: []string{"Arrivals by plan", "called", "peak/s", "failed", "wait p50", "p99", "max", "never", "all in"},
		Text:   []int{0},
	}
	for _, a := range s.r.Arrivals {
		allIn := "–"
		if a.AllIn >= 0 {
			allIn = humane(a.AllIn)
		}
		t.Row(clean(a.Group), thousands(a.Called), thousands(a.PeakPerSecond), thousands(a.Failed),
			humane(a.Wait.P50), humane(a.Wait.P99), humane(a.Wait.Max), thousands(a.Wait.Never), allIn)
	}
	return s.table(t)
}

package scenarios

// A Term is a word of the language of thresholds with its meaning.
type Term struct{ Name, Definition string }

// Statistics are the statistics that metrics have, with what they mean.
func Statistics() []Term {
	return []Term{
		{statisticCount, "How many samples there are: messages, deliveries, connections or clients that got there. Those that never did " +
			"are not in it."},
		{"min", "The smallest sample."},
		{"mean", "The arithmetic mean of those that got there. For a threshold it is longer than any bound where some never did."},
		{"p50", percentile("half", "the median")},
		{"p90", percentile("90 %", "")},
		{"p99", percentile("99 %", "")},
		{"p999", percentile("99.9 %", "in tables p99.9")},
		{"max", "The largest of those that got there. For a threshold it is longer than any bound where some never did."},
		{statisticNever, "How many never got there: of failover the clients that were hit and not served again until the end of the run, " +
			"of backlog the faults that were not healed."},
	}
}

func percentile(part, alias string) string {
	if alias != "" {
		alias = ", " + alias
	}
	return "The smallest sample that at least " + part + " of all do not exceed (nearest rank)" + alias +
		". Latencies are rounded to three digits. Those that never got there rank above every value."
}

// Windows are the parts of the measurement that latencies are told apart by. A message belongs to the window of its
// intended time, a connection to that of the start of its attempt.
func Windows() []Term {
	const belongs = " A message belongs to the window of its intended time, a connection to that in which its attempt began."
	return []Term{
		{string(WindowBefore), "The measurement until the first fault; all of it where there was none." + belongs},
		{string(WindowDuring), "The measurement while any fault was in force: from just before it was injected until it was healed." + belongs},
		{string(WindowAfter), "The measurement after the first fault, while none was in force." + belongs},
	}
}

package scenarios

// Metrics that others speak of by name.
const (
	Backlog                   = "backlog"
	UnavailabilityGap         = "unavailability_gap"
	UnexplainedOutages        = "unexplained_outages"
	AcknowledgedRate          = "acknowledged_rate"
	DeliveredRate             = "delivered_rate"
	BrokerCPUPerMessage       = "broker_cpu_per_message"
	BrokerMemory              = "broker_memory"
	BrokerMemoryPerConnection = "broker_memory_per_connection"
	GeneratorCPUPerMessage    = "generator_cpu_per_message"
	MemoryGrowth              = "memory_growth"
)

// service is what the system as a whole did for its clients.
func service() []Metric {
	return []Metric{
		single(UnavailabilityGap, "unavailability gap", KindTime, UnitNanoseconds, Lower,
			"The longest time in the measurement in which nothing was delivered although messages were due: a lower bound, up to two "+
				"seconds too short."),
		amount(UnexplainedOutages, "unexplained outages", Lower,
			"Times in which a client that should have been served had no connection or no subscription, and which began while no "+
				"fault was in force."),
		single(AcknowledgedRate, "acknowledged rate", KindRate, UnitPerSecond, Higher,
			"Messages acknowledged per second, over the whole seconds of the measurement."),
		single(DeliveredRate, "delivered rate", KindRate, UnitPerSecond, Higher,
			"First receipts per second, over the whole seconds of the measurement."),
	}
}

// costs are what brokers and mqbench took for it.
func costs() []Metric {
	return []Metric{
		single(BrokerCPUPerMessage, "broker CPU per message", KindTime, UnitNanoseconds, Lower,
			"CPU time of all broker processes for each first receipt, both over the whole seconds of the measurement. A balancer is no broker."),
		single(BrokerMemory, "broker memory", KindSize, UnitBytes, Lower,
			"The most resident memory that all brokers had together at the end of a second of the measurement."),
		single(BrokerMemoryPerConnection, "broker memory per connection", KindSize, UnitBytes, Lower,
			"Broker memory, what idle brokers take included, divided by the clients that were connected at the end of that second."),
		unjudged(single(GeneratorCPUPerMessage, "mqbench's CPU per message", KindTime, UnitNanoseconds, Lower,
			"CPU time of mqbench itself for each message that it wrote or received first, over the whole seconds of the measurement.")),
		unjudged(single(MemoryGrowth, "mqbench's memory growth", KindSize, UnitBytes, Lower,
			"By how much the heap of mqbench itself grew: the least of the last third of the measurement, less the least of its first "+
				"third. A third that is shorter than ten seconds tells nothing.")),
	}
}

// unjudged takes a metric out of what gates and comparisons look at unless they are told to: what mqbench itself uses
// says nothing about brokers.
func unjudged(m Metric) Metric {
	m.Key = nil
	return m
}

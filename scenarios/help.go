package scenarios

import "strings"

// help describes a key, named "Type.key", in a line for editors; it is "" where there is none.
func help(key string) string {
	for line := range strings.Lines(helpTexts) {
		name, text, _ := strings.Cut(line, " ")
		if name == key {
			return strings.TrimSpace(text)
		}
	}
	return ""
}

// helpTexts describes each key of the language in a line.
const helpTexts = `
Scenario.name identifies the scenario in run directories and reports
Scenario.description what a passing run proves
Scenario.seed makes every random choice repeatable; 0 or none: drawn and printed
Scenario.topology which brokers there are
Scenario.workload the offered load
Scenario.phases the parts of the run and their lengths
Scenario.chaos the schedule of faults
Scenario.thresholds conditions that have to hold for the run to pass

Topology.broker a recipe that mqbench brokers lists, or the path of a recipe file
Topology.runtime where the brokers run
Topology.shape how the brokers are joined
Topology.nodes how many brokers; they are named b1, b2, … (shape single: 1)
Topology.profile the product's own settings, or the same generous limits for every product

Workload.client what all simulated clients have in common
Workload.publishers groups of publishers
Workload.subscribers groups of subscribers

Client.protocol the version of MQTT
Client.session whether a session outlives its connection
Client.expiry session expiry interval, whole seconds (5.0 and persistent only, there 1h)
Client.keepalive keep alive of CONNECT, whole seconds; 0s turns it off
Client.connect_rate bound on new connections over all clients, at the start
Client.connect_timeout bound on dial and CONNACK of one attempt
Client.in_flight unacknowledged messages of a publisher; receive maximum of a subscriber
Client.backlog due messages a publisher holds while it cannot write; more are unsent
Client.username user name of CONNECT
Client.password password of CONNECT
Client.reconnect how a client comes back

Reconnect.backoff shortest and longest wait before an attempt
Reconnect.brokers the order in which brokers are tried

PublisherGroup.name name of the group
PublisherGroup.count how many publishers
PublisherGroup.brokers where they start: spread over all brokers, or the name of one (shape standby: b1; else spread)
PublisherGroup.topic topic name, with {name}, {n} and {broker}
PublisherGroup.qos quality of service: 0, 1 or 2
PublisherGroup.rate messages of each publisher
PublisherGroup.arrival how intended send times are drawn
PublisherGroup.payload length of a message, at least 40B
PublisherGroup.retain publish with RETAIN
PublisherGroup.will the message that the broker publishes for a client that vanishes

Will.topic topic name of the will, with {name}, {n} and {broker}
Will.payload text of the will
Will.qos quality of service of the will
Will.retain whether the will is retained

SubscriberGroup.name name of the group
SubscriberGroup.count how many subscribers
SubscriberGroup.brokers where they start: spread over all brokers, or the name of one (shape standby: b1; else spread)
SubscriberGroup.filter topic filter, with {name}, {n} and {broker}
SubscriberGroup.filters several topic filters that do not overlap
SubscriberGroup.qos quality of service asked for: 0, 1 or 2
SubscriberGroup.share makes the group one shared subscription of that name

Phases.warmup load before the measurement
Phases.measure the measured time; faults count from its start
Phases.drain bound on the wait for messages under way when the load has ended

Fault.at time of the first injection since the start of the measurement
Fault.fault what is done
Fault.target a broker, or random, minority, majority, all, leader (rolling and monkey: all)
Fault.for time until it is healed; none: the end of the measurement (monkey: 3s)
Fault.every period of repetition; rolling: step to the next broker; monkey: mean gap (both 10s)
`

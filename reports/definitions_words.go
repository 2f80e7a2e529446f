package reports

// generatorWords define by what mqbench judges itself.
func generatorWords() []Definition {
	define := func(name, text, bound string) Definition {
		d := Definition{Kind: DefinedGenerator, Name: name, Text: text}
		d.note("beyond", bound)
		return d
	}
	const tail = "p99 over 25 ms, ten samples at least: the run is inconclusive"
	const reported = "reported; it makes no run inconclusive"
	return []Definition{
		define("late messages", "Messages that were written more than 25 ms after their intended time although nothing but mqbench held them up.",
			"more than 1 % of all messages: the run is inconclusive"),
		define("shard lag", "How far the load is behind its schedule: the age of the earliest intended time that a shard had not got to, "+
			"looked at "+
			"once a millisecond. Percentiles are parts of time.", tail),
		define("read lag", "How long a connection with something to read may have waited for mqbench, to a factor of two, one sample each "+
			"time one is "+
			"served. Only of polled connections: plain TCP on Linux.", tail),
		define("wake lag", "How late a goroutine is woken that asks every 10 ms and does nothing else, looked at once a millisecond: the whole "+
			"process did not run. Percentiles are parts of time.", tail),
		define("scheduler latency", "How long goroutines that could run waited for a processor, as Go's runtime counts it.", tail),
		define("gc pause", "How long all goroutines stood still for one step of a garbage collection.", reported),
		define("write blocked", "How long one connection of a publisher took no more of what was to be written: the broker or the network "+
			"did not keep "+
			"up, not mqbench. Plain TCP on Linux.", reported),
		define("cpu", "CPU time of mqbench as a part of the processors that it may use (GOMAXPROCS, or the quota of its control groups).",
			"90 % in use, or throttled, for more than a tenth of the measurement and two seconds: the run is inconclusive"),
	}
}

// fieldWords are the words of a scenario and of a report that are neither a metric nor a finding.
func fieldWords() []Definition {
	var all []Definition
	for _, group := range [][][2]string{askedWords(), messageWords(), faultWords(), judgedWords()} {
		for _, w := range group {
			all = append(all, Definition{Kind: DefinedWord, Name: w[0], Text: w[1]})
		}
	}
	return all
}

// askedWords are about what is asked and who takes part.
func askedWords() [][2]string {
	return [][2]string{
		{"scenario", "What is asked, in a YAML file: brokers and how they are joined, clients and their load, faults and when, thresholds."},
		{"topology", "The brokers of a scenario: which product, how many, joined in which shape, run by which runtime."},
		{"shape", "How brokers are joined: single, independent, standby, cluster, star, chain, mesh or edge."},
		{"runtime", "Where brokers run: as processes of this machine, or in containers."},
		{"profile", "The settings with which a broker product is run: stock as it comes, or tuned for what is asked of it."},
		{"broker", "One MQTT server of a topology: b1, b2 and so on. Also the product that it is."},
		{"recipe", "How a broker product is started, joined and asked whether it is ready, as data: `mqbench brokers show NAME`."},
		{"link", "The way between two brokers, or between the clients and a broker. Faults can make it slow, lossy or narrow, or cut it."},
		{"workload", "The clients of a scenario, and what they publish and subscribe to."},
		{"publisher", "A client that offers messages on a topic of its own, by a schedule or in a closed loop."},
		{"subscriber", "A client that receives messages and accounts for each. The members of a shared subscription count as one."},
		{"device", "A client that publishes and subscribes over one connection. It is back after a fault when both work."},
		{"copy", "A client that publishes or subscribes at a second broker what another does at the first (duplicate: true). They count as one."},
		{"churn", "Clients that come and go by plan. What they miss while they are away they did not ask for."},
		{"phases", "The parts of a run: provision, connect, warm-up (load that latencies leave out), measure (load, and faults), drain (no " +
			"load; what is under way may come), close."},
		{"seed", "The number from which all that is random in a plan is drawn: with the same seed, the same plan."},
	}
}

// messageWords are about what becomes of messages.
func messageWords() [][2]string {
	return [][2]string{
		{"intended time", "When a message is due by its publisher's schedule. An outage does not move it: what is sent late is late."},
		{"closed loop", "A load that sends when its window has room (rate: max). It offers nothing to who is away, so that its latencies " +
			"leave out the messages that would have come meanwhile (coordinated omission)."},
		{"flow", "The messages of one publisher as one subscriber, or one shared group, is owed them. Losses, duplicates and order are " +
			"counted per flow."},
		{"session", "What a broker keeps for a client: its subscriptions, and what it has not had yet. Persistent ones outlive the " +
			"connection, clean ones end with it."},
		{"fate unknown", "Undelivered when the drain ended, and possibly still under way: neither delivered nor lost."},
		{"prefix", "A loss in front of the first delivery of its flow."},
		{"middle", "A loss between deliveries of its flow."},
		{"suffix", "A loss behind the last delivery of its flow."},
		{"effective QoS", "The lower of the QoS that a message was published with and that its subscription was granted; over a bridge also " +
			"that of the bridge. It says what may be lost or duplicated."},
		{"without a match", "Acknowledged with reason 0x10, no matching subscribers (MQTT 5.0)."},
		{"unavailability gap", "The longest time of the measurement in which nothing was delivered to anybody although messages were due; " +
			"up to two seconds too short."},
		{"anomaly", "A message that was lost, duplicated, reordered, a phantom, refused yet delivered, or delivered unasked; anomalies.csv " +
			"names each."},
	}
}

// faultWords are about faults and the way back from them.
func faultWords() [][2]string {
	return [][2]string{
		{"fault", "What a scenario does to brokers, links or clients: kill, stop, pause, restart, rolling, monkey, partition, latency, " +
			"loss, bandwidth, reset, cpu, memory, disconnect."},
		{"injection", "A fault that was carried out at its time. It is in force from just before the call that does it until it is healed."},
		{"heal", "The end of a fault: the broker is started again or thawed, the link is as it was."},
		{"outage", "A time in which a client that should have been served was not: it had no connection, or no subscription on it."},
		{"affected", "Clients that were connected to a target when a fault began, or whose connection ended on its account."},
		{"bystander", "A client that was connected when a fault began and was not hit by it."},
		{"withdrawn", "Clients that a fault hit and that left by plan before they were served again. They are in no failover time."},
		{"back after", "The time since a fault until 50, 90, 99 and 100 % of its affected clients were served again (t50, t90, t99, t100)."},
		{"rate back", "The time since a fault until deliveries were back at 90 % of what they were before the first fault, and stayed so " +
			"for 3 s."},
		{"latency back", "The time since a fault until the end-to-end p99 of a second was back at twice its median from before the first " +
			"fault, and stayed so for 3 s."},
		{"attempts", "How affected clients asked to be let in again: attempts to connect, those that failed, the most in a second and by " +
			"one client."},
		{"arrivals", "How clients were let in that came by plan while the run went on, from when the plan called each until it was served."},
	}
}

// judgedWords are about the judgement of a run.
func judgedWords() [][2]string {
	return [][2]string{
		{"finding", "One judgement with its evidence. Every run has the same ones made; `mqbench explain` lists them."},
		{"threshold", "A condition of a scenario on a figure: METRIC[.STATISTIC] OPERATOR VALUE [WINDOW], such as failover.p99 < 5s."},
		{"verdict", "Pass, inconclusive or fail; of several the worst wins, in this order."},
		{"generator", "mqbench itself, as far as it offers the load. It judges itself before it judges a broker."},
		{"cpu time", "Processor time that a process used over all its lives in the run, in user mode and in the kernel."},
		{"peak memory", "The most resident memory of a process at any time of the run, of any of its lives; where the system keeps no count " +
			"of it, the highest of the samples, one a second."},
		{"unexpected exits", "How often a broker's process ended that no fault had ended."},
		{"machine", "All processes of the machine that mqbench runs on, in the measurement: how busy its processors were, and with what. " +
			"Brokers on other machines have no part in it."},
		{"tcp drops", "What the TCP of the machine threw away for full receive queues, backlogs or listeners, whosever the sockets."},
		{"calibration", "`mqbench calibrate`: what mqbench reports, beside what a broker that misbehaves on purpose knows that it did."},
	}
}

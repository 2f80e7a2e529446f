package check

// An Explanation says what a finding is about, for people who meet its name in a report.
type Explanation struct {
	// Name is that of the finding.
	Name string
	// Verdicts are those that it can have.
	Verdicts []Verdict
	// Meaning says what was looked at, and what the finding says.
	Meaning string
	// Judged says when it has which verdict, and why; empty where the meaning says all of it.
	Judged string
	// Advice is what to do about it; empty where there is nothing to do.
	Advice string
}

// Explanations explain every finding, in the order of the judgements.
func Explanations() []Explanation {
	var all []Explanation
	for _, list := range [][]Explanation{
		explainRecord(), explainFaults(), explainLoad(), explainGenerator(), explainDelivery(), explainDuplicates(), explainClients(),
		explainAssurances(),
	} {
		all = append(all, list...)
	}
	return all
}

func reported(name, meaning, judged, advice string) Explanation {
	return Explanation{Name: name, Verdicts: []Verdict{Pass}, Meaning: meaning, Judged: judged, Advice: advice}
}

func doubtful(name, meaning, judged, advice string) Explanation {
	return Explanation{Name: name, Verdicts: []Verdict{Inconclusive}, Meaning: meaning, Judged: judged, Advice: advice}
}

func failing(name, meaning, judged, advice string) Explanation {
	return Explanation{Name: name, Verdicts: []Verdict{Fail}, Meaning: meaning, Judged: judged, Advice: advice}
}

const (
	seeAnomalies = "anomalies.csv names the messages; the log of the broker at that time says more."
	seeLogs      = "Read the broker's log in logs/."
)

func explainRecord() []Explanation {
	return []Explanation{
		doubtful("record incomplete", "The record ends before its messages were settled: mqbench was killed, or the machine went down.",
			"What is recorded is judged; what came after nobody knows.", "Run it again."),
		doubtful("interrupted", "The run was ended early, by a signal. What was recorded until then is judged.",
			"A shorter run than was asked for does not answer what was asked.", "Run it again, and let it end by itself."),
		doubtful("events dropped", "More connections were made and lost than the record has room for: sessions, outages and failover times are "+
			"incomplete.", "", "Fewer clients, a longer backoff of reconnections, or a shorter run."),
	}
}

func explainFaults() []Explanation {
	return []Explanation{
		doubtful("fault did not happen", "A fault of the scenario was not carried out, or not at all of its targets.",
			"What was not done to the system shows nothing about it.", "The detail has the reason; logs/mqbench.log says more."),
		{
			Name: "broker did not come back", Verdicts: []Verdict{Inconclusive, Fail},
			Meaning: "A fault ended or froze a broker, and it could not be started again or thawed.",
			Judged: "Fail where it was ended and its start failed: the same program came up on the same machine before, so what keeps it " +
				"down is what the fault left behind. Inconclusive where it was to be thawed, where the fault itself had failed, and where " +
				"the run was ended before.",
			Advice: seeLogs,
		},
		doubtful("fault not undone", "A fault on links, on resources or on clients could not be undone.",
			"That is mqbench's or the machine's trouble and no answer of the broker.",
			"logs/mqbench.log has the reason; `mqbench clean` removes what was left."),
		failing("broker out of memory", "A broker was ended by the system while a memory fault bounded what it may use.",
			"It needs more than the fault left it: that is the answer to the question.", "Raise the bound of the fault, or lower the broker's use."),
		doubtful("broker killed from outside", "A broker's process was ended by a signal that mqbench did not send, most often the system's for "+
			"want of memory.", "It says nothing about how the broker behaves.",
			"Look at the system's log (dmesg); give the machine more memory, or run fewer brokers."),
		failing("broker crashed", "A broker's process ended by itself.", "No fault and nobody else ended it.", seeLogs),
	}
}

func explainLoad() []Explanation {
	return []Explanation{
		doubtful("load not offered", "Fewer messages became due than the schedules have, by more than 1 %.",
			"The generator did not keep its schedule: the system was not asked what the scenario asks.",
			"Fewer clients or a lower rate, or a machine that does nothing else."),
		doubtful("load not dealt with", "Of the messages that were due, more than 1 % were neither written nor given up.",
			"The generator did not get to them.", "Fewer clients or a lower rate."),
		doubtful("load not taken", "Of the messages that were due before any fault, more than 1 % could not be sent.",
			"The brokers did not take this load even undisturbed, so that what a fault does to it is not known.",
			"Lower the rate, raise client.in_flight, or tune the broker (topology.profile)."),
		doubtful("nothing published", "Messages were due and not one was written to a connection.", "",
			"logs/mqbench.log and the broker's logs say why."),
		doubtful("nothing acknowledged", "Messages of QoS 1 or 2 were written and none was acknowledged.", "", seeLogs),
		doubtful("nothing delivered", "Messages were written and none reached a subscriber.", "",
			"Compare the filters with the topics; look whether bridges carry them, and who may read and write."),
		doubtful("idle before the fault", "Nothing was delivered before the first fault although messages were due.",
			"What was idle before a fault shows nothing by being idle after it.",
			"Begin the first fault later, or find out why nothing is delivered."),
	}
}

func explainGenerator() []Explanation {
	const lateness = "Latencies may be mqbench's own, so that thresholds on times cannot fail the run. Counts stay exact."
	return []Explanation{
		doubtful("generator late", "mqbench itself sent late: more than 1 % of the messages were written later than the bound (25 ms) although "+
			"nothing but mqbench held them up, or its shards were further behind the schedule than that for a hundredth of the time.", lateness,
			"The detail says what helps."),
		doubtful("generator late to read", "mqbench itself received late: what was ready waited for its reader, the process did not run when it "+
			"should have, or goroutines waited for a processor, for longer than the bound (25 ms) at the 99th percentile.", lateness,
			"The detail says what helps."),
		doubtful("generator saturated", "For more than a tenth of the measurement, and two seconds at least, mqbench used 90 % of the "+
			"processors that it may use, or was throttled by its control group.", lateness, "The detail says what helps."),
		reported("machine saturated", "For more than a tenth of the measurement, and two seconds at least, less than 5 % of the machine's "+
			"processors was idle.", "Latencies hold the wait for a processor, which is part of what was measured.",
			"Brokers on a machine of their own, or more processors, where that is not what you want to measure."),
		reported("packets dropped in the machine", "The machine's TCP dropped packets or connections, because queues were full or memory "+
			"was short.",
			"They may be anybody's: mqbench's, the brokers' or those of other programs.", ""),
		reported("connections blocked", "Connections of publishers took no more of what was to be written, for longer than the bound (25 ms).",
			"The broker or the network held that up, not mqbench, and publish delay shows it.", ""),
	}
}

func explainDelivery() []Explanation {
	return []Explanation{
		doubtful("drain not finished", "Messages may still have been under way when the drain ended: their fate is not known.",
			"They are neither delivered nor lost, so that \"lost == 0\" cannot be said.",
			"A longer phases.drain; or find out why subscribers were away."),
		doubtful("journals incomplete", "Undelivered messages could not be judged, because the journals do not say when they were sent.", "",
			"Look at the messages of the run in logs/mqbench.log: a full disk, perhaps."),
		failing("phantom messages", "Messages arrived that no publisher of this run sent there: never attempted, with a wrong checksum, of "+
			"another run, or of a topic that was not asked for.", "Nothing forgives a message that nobody sent.", seeAnomalies),
		failing("silent loss", "Messages were acknowledged and never delivered, and the subscriber was not told: it kept its session "+
			"(SessionPresent=1) or its connection.", "QoS 1 and 2 promise what was acknowledged.", seeAnomalies),
		reported("declared loss", "Messages were acknowledged and never delivered, and the subscriber was told with SessionPresent=0 that "+
			"its session was gone; a clean session ends with its connection.",
			"The standard leaves the durability of sessions to the broker (MQTT 5.0 "+
				"§4.1.1). A threshold on lost counts them.", "Persistent sessions, and a shape or a profile in which the broker keeps them."),
		reported("loss at QoS 0", "Messages were written at QoS 0, or to a subscription of QoS 0, and never delivered.", "QoS 0 allows it.", ""),
		reported("missed", "Messages were published while the subscriber had no session that they could reach.", "Nobody owed them.", ""),
		doubtful("stays too short", "Subscribers came and went so fast that messages which were lost cannot be told from those that were "+
			"still under way when they left.", "What was missed in stays no longer than the slowest message of the run, and a second, may have "+
			"been lost.",
			"Longer stays between churn or flaps."),
		reported("refused yet delivered", "A broker refused messages to their publisher and delivered them all the same.", "", seeAnomalies),
	}
}

func explainDuplicates() []Explanation {
	return []Explanation{
		failing("duplicates at QoS 2", "Messages of QoS 2 were received more than once although no session on the way was lost.",
			"QoS 2 promises exactly once.", seeAnomalies),
		reported("duplicates at QoS 0", "Messages were received more than once at QoS 0, where nothing is sent again: there is a loop, "+
			"filters overlap or two sessions of one client live.", "", seeAnomalies),
		reported("duplicates after session loss", "Messages of QoS 2 were received more than once after a session on the way was lost or left.",
			"What exactly once rests on went with the session.", ""),
		reported("duplicates across bridges", "Messages were received by more than one member of a shared subscription, at several brokers.",
			"Each broker shares out for itself.", ""),
		reported("duplicates", "Messages were received more than once at QoS 1.", "QoS 1 allows it. A threshold on duplicated counts them.", ""),
		{
			Name: "duplicates beyond the record", Verdicts: []Verdict{Pass, Inconclusive},
			Meaning: "There were more duplicates than the record names one by one: all are counted, and some are not listed.",
			Judged:  "Inconclusive where some of them were at QoS 2, since nobody can tell any more whether they broke a promise.",
		},
		reported("reordered", "First receipts came behind a later message of the same publisher and topic. The class says what happened to "+
			"the connections in between; with connections undisturbed the broker broke the order that MQTT 5.0 §4.6 promises.",
			"Order is reported and does not fail a run: a threshold on reordered does.", seeAnomalies),
	}
}

func explainClients() []Explanation {
	return []Explanation{
		{
			Name: "unexplained outages", Verdicts: []Verdict{Inconclusive, Fail},
			Meaning: "Clients were cut off, or could not connect or subscribe, while no fault was in force; a fault explains it for as long as " +
				"a client may " +
				"take to notice (twice the keepalive, and a second). What followed from a broker that ended by itself is judged there.",
			Judged: "Fail; inconclusive where mqbench itself was held up for half a keepalive or more, so that the broker may have given its " +
				"clients up.",
			Advice: seeLogs,
		},
		reported("protocol broken",
			"A broker broke MQTT, and clients ended their connections for it, as the standard asks them to (MQTT 5.0 §4.13).",
			"What came of it is judged as what it is: outages, and repetitions of what was in flight. A client that comes back may meet "+
				"the same again and again. Other client libraries may not look, and stay.", seeLogs),
		reported("subscriptions refused", "A broker refused subscriptions: what was published then was not owed to their subscribers.", "",
			"See who may subscribe to what, and what the broker's limits are."),
		doubtful("never subscribed", "Subscribers never had a subscription, so that nothing was owed to them.",
			"What the scenario asks about their messages has no answer.", "See who may subscribe to what, and what the broker's limits are."),
		failing("delivered without a subscription", "Messages came that were sent after the UNSUBACK for their filter.",
			"A broker must stop adding new messages then (MQTT 5.0 §3.10.4).", seeAnomalies),
		reported("delivered after UNSUBACK", "Messages came after the UNSUBACK for their filter that had been sent before it.",
			"The standard allows it (MQTT 5.0 §3.10.4).", ""),
		reported("never resumed", "Clients that a fault hit were not served again until the end of the run.",
			"They rank above every value of failover: a percentile that falls on one of them is beyond any bound.",
			"logs/ and failover.csv tell how far each of them got."),
		reported("sessions lost", "Clients with persistent sessions came back and met SessionPresent=0.",
			"The standard leaves the durability of sessions to the broker (MQTT 5.0 §4.1.1); what was lost with them is declared loss.",
			"A shape or a profile in which the broker keeps sessions."),
	}
}

func explainAssurances() []Explanation {
	return []Explanation{
		reported("no silent loss", "Every delivery of an acknowledged message that was owed was made, or its loss was declared.", "", ""),
		reported("no phantom messages", "Every message that was received is one that a publisher of this run sent there.", "", ""),
		reported("no broken exactly once", "No message of QoS 2 was received twice in continuous sessions.", "", ""),
		reported("no unexplained outages", "No client was cut off without a fault in force.", "", ""),
		reported("no fault missed", "Every fault was carried out and healed.", "", ""),
	}
}

package check

// A promise is what a quality of service level guarantees from end to end, and so what it forgives.
type promise struct {
	// loses: a message that was owed may be lost.
	loses bool
	// duplicates: a message may be received more than once.
	duplicates bool
	// duplicatesAfterLoss: it may where the session of one of the two clients was lost on the way.
	duplicatesAfterLoss bool
}

// promiseOf is the one table of what each level forgives. A message travels two hops, and each has its own level: from
// the publisher as it was published, to the subscriber at the lower one of that and of what was granted [MQTT 5.0 §4.3,
// §3.8.4].
//
//	effective  may lose            may duplicate
//	0          yes                 no, unless it was published at 1: sent once, nothing repeats it [MQTT-4.3.1-1]
//	1          not what was        yes [MQTT 5.0 §4.3.2]
//	2          acknowledged        only when a session was lost, and with it what had been received [MQTT 5.0 §4.3.3]
//
// Loss that a subscriber was told of with SessionPresent=0 is reported and forgiven at every level, because the text of
// the standard leaves the durability of sessions to the broker [MQTT 5.0 §4.1.1]. On a shared subscription it is also
// where one of the members that may have been chosen for the message lost its session [MQTT 5.0 §4.8.2].
//
// Nothing forgives a message that nobody sent. Order is promised to first receipts, per publisher, topic and level,
// except on shared subscriptions [MQTT 5.0 §4.6]; it is reported.
func promiseOf(published, effective byte) promise {
	return promise{
		loses:               effective == 0,
		duplicates:          published == 1 || effective == 1,
		duplicatesAfterLoss: published == 2,
	}
}

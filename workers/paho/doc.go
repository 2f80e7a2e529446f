// Package paho is a client of the fleet that runs on paho.golang with its reconnect manager, autopaho: for people who
// want to know how their own client library fails over. [Session] has the publishing and receiving half of an
// mqtt.Session, with the same contract, and keeps itself connected.
//
// What is the library's and is measured as it is: the loop that connects again (it goes through its whole list of
// servers without a wait, and waits only when all of them have failed), the detection of a dead connection (its pinger:
// up to twice the keepalive, where mqtt.Session needs the keepalive after its ping), the window (it waits for nobody),
// the session state with its retransmission, and callbacks that are run one after the other, each before the message is
// acknowledged. What is the scenario's: where to connect, the waits between rounds, the timeout, the in-flight window.
// A connection on which a packet could not be written is read to its end, so that what the server had sent still counts,
// except where that packet was a PINGREQ or a PUBLISH of QoS 0: then the library closes at once, with what it has not
// read. Acknowledgements among that leave their messages in doubt, and deliveries were not received.
// Version 0.23.0 sends again all that was in flight after a reconnect, even where the server's Receive Maximum is lower.
//
// Publish of paho waits for the acknowledgement, and its asynchronous sibling has no outcome and cannot be reached
// through the manager. This package watches instead the two seams that the library offers: the connection that it is
// given, and the session state that it keeps. So each message is handed to Publish one after another by one goroutine,
// which goes on as soon as the connection has taken the packet. What remains guaranteed: the PUBLISH packets of a
// session reach the connection in the order in which they were reserved, and those that are sent again in that order,
// too. The outcome of a message is what the session state was told, at that moment: an acknowledgement, or the loss of
// the session, for which a caller of Publish would wait until its timeout.
//
// The times: a message is written when the connection is handed its whole packet, read from the clock just before; it
// was received when the library calls back; a connection is dead when the library says so, after all its goroutines
// have ended.
//
// It imports workers/mqtt for the words that both kinds of session share, and nothing else of mqbench. Only workers
// imports it.
package paho

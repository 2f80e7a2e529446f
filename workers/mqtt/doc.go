// Package mqtt is a lean MQTT client session, versions 3.1.1 and 5.0, for load generators: a session survives its
// connections, costs neither a goroutine nor a buffer while it is idle, and allocates nothing per message.
//
// It owns the protocol: packets, packet identifiers, the in-flight window, retransmission, the state of QoS 2 in
// both directions and the keepalive. It does not dial, does not decide when to reconnect or to whom, has no timers
// and measures nothing of messages: it hands clock readings to its [Handler], and the owner makes numbers of them. It
// owns how connections are served as well: plain TCP by a [Poller], any other by goroutines of its own.
//
// It imports nothing of mqbench. The fleet of simulated clients and the readiness probe of fixtures may import it.
package mqtt

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
Topology.image container image instead of the recipe's
Topology.subnet network of the containers as an IPv4 prefix; none: a free one of 198.18.0.0/15
Topology.resources bounds on each broker (runtime container)
Topology.core bounds on the core of an edge topology, b1, in place of resources
Topology.bridge how the bridges of star, chain, mesh and edge behave
Topology.balancer load balancer between the clients and the brokers (runtime container)
Topology.users CSV file of username,password that brokers let in, and nobody else; none: everybody
Topology.profile the product's own settings, or the same generous limits for every product

Resources.cpus processors, such as 0.5
Resources.memory memory, at least 6MiB; a broker that needs more is ended by the system
Resources.ulimits limits of the operating system

Ulimits.nofile open files of a broker

Bridge.direction both, or out: from the broker that runs the bridge to the other (star, chain: both; mesh, edge: out)
Bridge.qos highest quality of service across the bridge
Bridge.session whether the other broker keeps messages for the bridge while it is away
Bridge.keepalive keep alive of the bridge, whole seconds from 5s

Workload.client what all simulated clients have in common
Workload.publishers groups of publishers
Workload.subscribers groups of subscribers
Workload.routes which broker receives which topics, for groups with brokers: route

Route.filter topic filter; the first route that matches decides
Route.broker the broker

Client.library client library: mqbench's own, or paho (paho.golang with autopaho, MQTT 5.0 only)
Client.protocol the version of MQTT
Client.session whether a session outlives its connection
Client.expiry session expiry interval, whole seconds (5.0 and persistent only, there 1h)
Client.keepalive keep alive of CONNECT, whole seconds; 0s turns it off
Client.connect_rate bound on new connections over all clients, at the start
Client.connect_timeout bound on dial, handshakes and CONNACK of one attempt
Client.in_flight unacknowledged messages of a publisher; receive maximum of a subscriber
Client.backlog due messages a publisher holds while it cannot write; more are unsent
Client.username user name of CONNECT
Client.password password of CONNECT
Client.credentials CSV file with a line per client: username,password[,client_id][,certificate,key]; publishers first
Client.transport what carries MQTT: TCP, TLS, WebSocket, WebSocket over TLS
Client.tls how clients encrypt (transport tls and wss); brokers' certificates are made for the run
Client.websocket where brokers offer WebSocket (transport ws and wss)
Client.reconnect how a client comes back
Client.source_addresses addresses of this machine to connect from, in turn: addresses, ranges (a..b) or prefixes

TLS.ca PEM file of certificates that brokers are trusted by, instead of those made for the run
TLS.server_name name that brokers' certificates must have; none: the broker's own, such as b1
TLS.certificate PEM file of a certificate that all clients show
TLS.key PEM file of its key
TLS.certificates generated: a certificate for each client is made for the run, and brokers demand them
TLS.min_version oldest version of TLS
TLS.resumption whether clients resume their TLS session with a broker that they come back to
TLS.verify whether the certificates of brokers are checked

WebSocket.path path of the HTTP request that switches to WebSocket

Reconnect.jitter whether waits are random above the shortest (full) or just double (none): the thundering herd
Reconnect.backoff shortest and longest wait before an attempt
Reconnect.brokers the order in which brokers are tried

PublisherGroup.name name of the group
PublisherGroup.count how many publishers
PublisherGroup.brokers where they start: spread, edges, route, or a broker's name (shape standby: b1; edge: edges; else spread)
PublisherGroup.fallback brokers to go to after the own one, in order; none: all others in turn
PublisherGroup.duplicate publish every message at two brokers; the union counts
PublisherGroup.topic topic name, with {name}, {n} and {broker}
PublisherGroup.qos quality of service: 0, 1 or 2
PublisherGroup.rate messages of each client or of the group, as per says; max: a closed loop, which sends whenever its window has room
PublisherGroup.per what every rate of the group is counted over: each client, or all of them together
PublisherGroup.stages rates one after the other since the start of the load, warm-up included; the last one holds afterwards
PublisherGroup.burst a higher rate again and again; rate is the one between (none: 0/s)
PublisherGroup.sine a rate that swings
PublisherGroup.replay a recorded rate: a CSV file with the columns seconds,rate and a header, relative to the scenario file
PublisherGroup.window messages each client has under way, with rate max (10): unacknowledged (QoS 1, 2), not yet taken by the socket (QoS 0)
PublisherGroup.arrival how intended send times are drawn, also where the rate varies
PublisherGroup.payload length of a message, at least 40B
PublisherGroup.retain publish with RETAIN
PublisherGroup.will the message that the broker publishes for a client that vanishes
PublisherGroup.subscribe what each of the publishers subscribes to, over the same connection
PublisherGroup.churn how clients come and go on their own
PublisherGroup.join when the clients come, if not at the start

Downlink.filter topic filter, with {name}, {n} and {broker}
Downlink.filters several topic filters that do not overlap
Downlink.qos quality of service asked for: 0, 1 or 2

Churn.stay how long a client stays, uniformly in the range
Churn.away how long a client is away, uniformly in the range
Churn.leave how a client goes: disconnect (DISCONNECT) or drop (reset of the connection)

Join.at when the first client comes, since the start of the measurement
Join.within time over which the clients come; 0s: all at once

Flap.every time from one UNSUBSCRIBE to the next
Flap.for time until the filters are subscribed again

Stage.for length of the stage
Stage.rate one rate, or an even change from one to another

Burst.every time from the begin of a burst to the next; the first begins with the load
Burst.for length of a burst
Burst.rate rate in a burst

Sine.period time from one low to the next; the load begins with the low
Sine.low lowest rate
Sine.high highest rate

Will.topic topic name of the will, with {name}, {n} and {broker}
Will.payload text of the will
Will.qos quality of service of the will
Will.retain whether the will is retained

SubscriberGroup.name name of the group
SubscriberGroup.count how many subscribers
SubscriberGroup.brokers where they start: spread, edges, route, or a broker's name (shape standby and edge: b1; else spread)
SubscriberGroup.fallback brokers to go to after the own one, in order; none: all others in turn
SubscriberGroup.duplicate subscribe at two brokers; the union counts
SubscriberGroup.filter topic filter, with {name}, {n} and {broker}
SubscriberGroup.filters several topic filters that do not overlap
SubscriberGroup.qos quality of service asked for: 0, 1 or 2
SubscriberGroup.share makes the group one shared subscription of that name
SubscriberGroup.flap unsubscribe once in a while, and subscribe again
SubscriberGroup.churn how clients come and go on their own
SubscriberGroup.join when the clients come, if not at the start

Phases.warmup load before the measurement
Phases.measure the measured time; faults count from its start
Phases.drain bound on the wait for messages under way when the load has ended

Fault.at time of the first injection since the start of the measurement
Fault.fault what is done
Fault.target a broker, or random, minority, majority, all, leader (rolling and monkey: all; partition: none)
Fault.for time until it is healed; none: the end of the measurement (monkey: 3s)
Fault.sides the sides of a partition: lists of brokers, or of the word clients
Fault.direction which packets a partition drops: both, out of the first side, or in to it (both)
Fault.links the targets' links that loss, latency, bandwidth and reset change: clients, brokers or all (clients)
Fault.via by what means links change: packets (runtime container, its default) or proxy
Fault.delay what latency adds in each direction; a round trip takes twice as much
Fault.jitter latency varies by this much around delay
Fault.loss share of packets that are lost
Fault.rate what a link still carries in each direction
Fault.cpus processors that the targets may still use
Fault.memory memory that the targets may still use
Fault.share part of the targets' clients that disconnect takes (100%)
Fault.how how disconnect takes clients: drop (reset the connection) or takeover (another client of that name) (drop)
Fault.every period of repetition; rolling: step to the next broker; monkey: mean gap (both 10s)
`

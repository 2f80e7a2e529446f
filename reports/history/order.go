package history

import (
	"cmp"
	"slices"
)

// sort puts the lists of a run into their order: by time, then by client, then by what can follow what. Two records of
// the same happenings are then the same record.
func (run *Run) sort() {
	slices.SortStableFunc(run.Events, compareEvents)
	slices.SortFunc(run.Resumptions, compareResumptions)
	slices.SortStableFunc(run.Oddities, compareOddities)
	slices.SortFunc(run.Flows, compareFlows)
}

// eventOrder is the order of events of one client at one time.
func eventOrder(kind EventKind) int {
	order := []EventKind{
		Disconnected, ConnectFailed, Called, Connecting, Connected, Subscribed, SubscribeFailed, Unsubscribing, Unsubscribed,
		Left, Closed,
	}
	return slices.Index(order, kind)
}

func compareEvents(a, b Event) int {
	if c := cmp.Compare(a.At, b.At); c != 0 {
		return c
	}
	return cmp.Or(
		compareClients(a.Client, b.Client),
		cmp.Compare(eventOrder(a.Kind), eventOrder(b.Kind)),
		cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Broker, b.Broker),
		compareFlags(a.SessionPresent, b.SessionPresent),
		cmp.Compare(a.Detail, b.Detail),
	)
}

func compareResumptions(a, b Resumption) int {
	return cmp.Or(
		cmp.Compare(a.Injection, b.Injection),
		cmp.Compare(a.At, b.At),
		compareClients(a.Client, b.Client),
	)
}

func compareOddities(a, b Oddity) int {
	if c := cmp.Compare(a.At, b.At); c != 0 {
		return c
	}
	return cmp.Or(
		cmp.Compare(a.Subscriber, b.Subscriber),
		cmp.Compare(a.Publisher, b.Publisher),
		cmp.Compare(a.Sequence, b.Sequence),
		cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Account, b.Account),
		cmp.Compare(a.Intended, b.Intended),
		cmp.Compare(a.Sent, b.Sent),
		compareFlags(a.Dup, b.Dup),
		cmp.Compare(a.QoS, b.QoS),
		cmp.Compare(a.Topic, b.Topic),
		cmp.Compare(a.Detail, b.Detail),
	)
}

func compareFlows(a, b Flow) int {
	return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Publisher, b.Publisher))
}

// compareClients puts publishers before subscribers.
func compareClients(a, b ClientRef) int {
	return cmp.Or(compareFlags(a.Subscriber, b.Subscriber), cmp.Compare(a.Number, b.Number))
}

func compareFlags(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

package history

func (w *writer) publishers(all []Publisher) {
	w.count(uint64(len(all)))
	for _, p := range all {
		w.text(p.Client)
		w.text(p.Group)
		w.text(p.Topic)
		w.b = append(w.b, p.QoS)
		w.float(p.Rate)
		w.number(int64(p.Home))
		w.count(uint64(p.Original))
		w.count(p.Planned)
		w.count(uint64(p.Window))
		w.count(p.Due)
		w.count(uint64(p.Next))
		w.sequences(p.Acknowledged)
		w.sequences(p.Refused)
		w.sequences(p.InDoubt)
		w.sequences(p.Unsent)
		w.count(p.Unmatched)
	}
}

func (r *reader) publisher() Publisher {
	p := Publisher{
		Client: r.text(), Group: r.text(), Topic: r.text(), QoS: r.octet(), Rate: r.float(), Home: int(r.number()),
	}
	if r.schema >= copiesSchema {
		p.Original = r.index()
	}
	if r.schema >= schedulesSchema {
		p.Planned, p.Window = r.count(), r.index()
	}
	p.Due, p.Next = r.count(), uint32(r.count())
	p.Acknowledged, p.Refused, p.InDoubt, p.Unsent = r.sequences(), r.sequences(), r.sequences(), r.sequences()
	p.Unmatched = r.count()
	return p
}

func (w *writer) subscribers(all []Subscriber) {
	w.count(uint64(len(all)))
	for _, s := range all {
		w.text(s.Client)
		w.text(s.Group)
		w.count(uint64(len(s.Filters)))
		for _, filter := range s.Filters {
			w.text(filter)
		}
		w.b = append(w.b, s.QoS)
		w.number(int64(s.Home))
		w.count(uint64(s.Account))
		w.flag(s.Shared)
		w.count(uint64(s.Device))
	}
}

func (r *reader) subscriber() Subscriber {
	s := Subscriber{
		Client: r.text(), Group: r.text(), Filters: list(r, r.text), QoS: r.octet(), Home: int(r.number()),
		Account: r.index(), Shared: r.flag(),
	}
	if r.schema >= devicesSchema {
		s.Device = r.index()
	}
	return s
}

// flows writes the flows. In a list in order, account and publisher are small steps from the flow before.
func (w *writer) flows(all []Flow) {
	w.count(uint64(len(all)))
	var last Flow
	for _, f := range all {
		w.number(int64(f.Account - last.Account))
		w.number(int64(f.Publisher - last.Publisher))
		odd := f.Duplicated != 0 || f.Reordered != 0 || f.Retained != 0 || f.Copies != 0
		w.flag(odd)
		if odd {
			w.count(f.Duplicated)
			w.count(f.Reordered)
			w.count(f.Retained)
			w.count(f.Copies)
		}
		w.sequences(f.Delivered)
		last = f
	}
}

func (r *reader) flows() []Flow {
	var last Flow
	return list(r, func() Flow {
		f := Flow{Account: last.Account + int(r.number()), Publisher: last.Publisher + int(r.number())}
		if f.Account < 0 || f.Publisher < 0 {
			r.fail("a flow")
		}
		if r.flag() {
			f.Duplicated, f.Reordered, f.Retained = r.count(), r.count(), r.count()
			if r.schema >= copiesSchema {
				f.Copies = r.count()
			}
		}
		f.Delivered = r.sequences()
		last = f
		return f
	})
}

func (w *writer) events(all []Event) {
	w.count(uint64(len(all)))
	for _, e := range all {
		w.span(e.At)
		w.client(e.Client)
		w.text(string(e.Kind))
		w.number(int64(e.Broker))
		w.flag(e.SessionPresent)
		w.text(e.Detail)
	}
}

func (r *reader) event() Event {
	return Event{
		At: r.span(), Client: r.client(), Kind: EventKind(r.text()), Broker: int(r.number()),
		SessionPresent: r.flag(), Detail: r.text(),
	}
}

func (w *writer) resumptions(all []Resumption) {
	w.count(uint64(len(all)))
	for _, m := range all {
		w.count(uint64(m.Injection))
		w.client(m.Client)
		w.span(m.At)
	}
}

func (r *reader) resumption() Resumption {
	return Resumption{Injection: r.index(), Client: r.client(), At: r.span()}
}

func (w *writer) oddities(all []Oddity) {
	w.count(uint64(len(all)))
	for _, o := range all {
		w.text(string(o.Kind))
		w.span(o.At)
		w.count(uint64(o.Subscriber))
		w.count(uint64(o.Account))
		w.count(uint64(o.Publisher + 1))
		w.count(uint64(o.Sequence))
		w.span(o.Intended)
		w.span(o.Sent)
		w.flag(o.Dup)
		w.b = append(w.b, o.QoS)
		w.text(o.Topic)
		w.text(o.Detail)
	}
}

func (r *reader) oddity() Oddity {
	return Oddity{
		Kind: OddityKind(r.text()), At: r.span(), Subscriber: r.index(), Account: r.index(), Publisher: r.index() - 1,
		Sequence: uint32(r.count()), Intended: r.span(), Sent: r.span(), Dup: r.flag(), QoS: r.octet(),
		Topic: r.text(), Detail: r.text(),
	}
}

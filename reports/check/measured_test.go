package check_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

// seconds are the whole seconds until at, of brokers that use so much in each; what was done counts up.
func seconds(until int, brokers ...history.BrokerSample) step {
	return func(s *story) {
		for at := 1; at <= until; at++ {
			second := history.Second{
				At: time.Duration(at) * time.Second, Width: time.Second, Written: 100, Acknowledged: 90, Delivered: 80, Connected: 2,
				GeneratorCPU: 10 * time.Millisecond, Due: 100,
			}
			second.Brokers = append(second.Brokers, brokers...)
			s.run.Timeline = append(s.run.Timeline, second)
		}
	}
}

// Rates and costs are of the whole seconds of the measurement, from 2s to 22s, and of nothing before or behind it; what is
// not known of one broker is not known of all.
func TestMeasured(t *testing.T) {
	up := func(cpu time.Duration, rss int64) history.BrokerSample {
		return history.BrokerSample{Up: true, CPU: cpu, RSSBytes: rss}
	}
	const ms = time.Millisecond
	all := check.Measured{
		Span: 20 * time.Second, Written: 2000, Acknowledged: 1800, Delivered: 1600, GeneratorCPU: 200 * ms, BrokerCPU: 20 * 50 * ms,
		BrokerRSSBytes: 30 << 20, Connected: 2,
	}
	for name, c := range map[string]struct {
		steps []step
		want  func(m *check.Measured)
	}{
		"two brokers": {[]step{seconds(40, up(30*ms, 10<<20), up(20*ms, 20<<20))}, func(*check.Measured) {}},
		"a peak in a second": {[]step{seconds(40, up(30*ms, 10<<20), up(20*ms, 20<<20)), func(s *story) {
			s.run.Timeline[10].Brokers[0].RSSBytes, s.run.Timeline[10].Connected = 50<<20, 9
			s.run.Timeline[30].Brokers[0].RSSBytes = 90 << 20 // in the drain
		}}, func(m *check.Measured) { m.BrokerRSSBytes, m.Connected = 70<<20, 9 }},
		"one is down for a while": {[]step{seconds(40, up(30*ms, 10<<20), up(20*ms, 20<<20)), func(s *story) {
			for i := 5; i < 10; i++ {
				s.run.Timeline[i].Brokers[1] = history.BrokerSample{}
			}
		}}, func(m *check.Measured) { m.BrokerCPU -= 100 * ms }},
		"one is down all the time": {[]step{seconds(40, up(30*ms, 10<<20), history.BrokerSample{})}, func(m *check.Measured) {
			m.BrokerCPU, m.BrokerRSSBytes = 600*ms, 10<<20
		}},
		"one is not known": {[]step{seconds(40, up(30*ms, 10<<20), up(0, 0))}, func(m *check.Measured) {
			m.BrokerCPU, m.BrokerRSSBytes, m.Connected = -1, -1, -1
		}},
		"none is known": {[]step{seconds(40)}, func(m *check.Measured) { m.BrokerCPU, m.BrokerRSSBytes, m.Connected = -1, -1, -1 }},
		"a balancer is no broker": {[]step{seconds(40, up(30*ms, 10<<20), up(20*ms, 20<<20)), func(s *story) {
			s.run.Meta.Balanced = true
		}}, func(m *check.Measured) { m.BrokerCPU, m.BrokerRSSBytes = 600*ms, 10<<20 }},
		"half of the measurement": {[]step{seconds(12, up(30*ms, 10<<20), up(20*ms, 20<<20))}, func(m *check.Measured) {
			m.Span, m.Written, m.Acknowledged, m.Delivered = 10*time.Second, 1000, 900, 800
			m.GeneratorCPU, m.BrokerCPU = 100*ms, 500*ms
		}},
		"no second": {[]step{seconds(2)}, func(m *check.Measured) {
			*m = check.Measured{GeneratorCPU: -1, BrokerCPU: -1, BrokerRSSBytes: -1, Connected: -1}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			want := all
			c.want(&want)
			if d := cmp.Diff(want, tell(c.steps...).judge(t).Measured); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

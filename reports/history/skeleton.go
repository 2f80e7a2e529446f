package history

import (
	"errors"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
)

var errSkeleton = errors.New("not written yet")

type Recorder struct{}

func NewRecorder(o Options) (*Recorder, error)                 { return nil, errSkeleton }
func (r *Recorder) Now() time.Duration                         { return 0 }
func (r *Recorder) Amend(change func(m *Meta))                 {}
func (r *Recorder) Publisher(n int) *PublisherLog              { return nil }
func (r *Recorder) Subscriber(n int) *SubscriberLog            { return nil }
func (r *Recorder) BeginPhase(name string)                     {}
func (r *Recorder) EndPhase()                                  {}
func (r *Recorder) BeginInjection(i Injection) int             { return 0 }
func (r *Recorder) Applied(n int, at time.Duration, err error) {}
func (r *Recorder) BeginHeal(n int, at time.Duration)          {}
func (r *Recorder) Healed(n int, at time.Duration, err error)  {}
func (r *Recorder) BrokerExit(broker int, e Exit)              {}
func (r *Recorder) Tick(at time.Duration, s Sample) Second     { return Second{} }
func (r *Recorder) Totals() Totals                             { return Totals{} }
func (r *Recorder) Behind() int                                { return 0 }
func (r *Recorder) Checkpoint() error                          { return errSkeleton }
func (r *Recorder) Finish(interrupted bool) (*Run, error)      { return nil, errSkeleton }
func (r *Recorder) Close() error                               { return nil }
func Save(dir string, run *Run) error                          { return errSkeleton }
func Load(dir string) (*Run, error)                            { return nil, errSkeleton }
func Merge(runs ...*Run) (*Run, error)                         { return nil, errSkeleton }
func Details(dir string, want map[int]*roaring.Bitmap) (map[int]map[uint32]Detail, error) {
	return nil, errSkeleton
}

type Sample struct {
	GeneratorCPU time.Duration
	GeneratorRSS int64
	Brokers      []BrokerSample
}
type Totals struct {
	Due, Written, Acknowledged, Unsent, Delivered, Duplicated uint64
	Connected, Clients                                        int
	EndToEndP99                                               time.Duration
}

type ClientLog struct{}

func (l *ClientLog) Connecting(at time.Duration, broker int)                                     {}
func (l *ClientLog) Connected(at time.Duration, broker int, present bool, latency time.Duration) {}
func (l *ClientLog) ConnectFailed(at time.Duration, broker int, cause string)                    {}
func (l *ClientLog) Subscribed(at time.Duration, broker int, detail string)                      {}
func (l *ClientLog) SubscribeFailed(at time.Duration, broker int, detail string)                 {}
func (l *ClientLog) Disconnected(at time.Duration, broker int, cause string)                     {}
func (l *ClientLog) Closed(at time.Duration, broker int)                                         {}

type PublisherLog struct{ ClientLog }

func (l *PublisherLog) Due(n int)                                                                  {}
func (l *PublisherLog) Written(seq uint32, intended, written time.Duration, broker int, late bool) {}
func (l *PublisherLog) Acknowledged(seq uint32, intended, written, at time.Duration, broker int, reason byte) {
}
func (l *PublisherLog) Refused(seq uint32, intended, written, at time.Duration, broker int, reason byte) {
}
func (l *PublisherLog) InDoubt(seq uint32, intended, written, at time.Duration, broker int) {}
func (l *PublisherLog) Unsent(seq uint32)                                                   {}

type SubscriberLog struct{ ClientLog }

func (l *SubscriberLog) Received(m Receipt, topic []byte, at time.Duration)    {}
func (l *SubscriberLog) Phantom(topic []byte, detail string, at time.Duration) {}
func (l *SubscriberLog) EndBatch()                                             {}

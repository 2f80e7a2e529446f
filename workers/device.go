package workers

import (
	"context"
	"time"

	"github.com/mqbench/mqbench/workers/mqtt"
)

// A device is a client that publishes and subscribes over one connection, in one session. It has one life, the
// publisher's; what happens to the connection happens to both of its halves.
type device struct {
	publisher  *publisher
	subscriber *subscriber
}

// Acknowledged implements mqtt.Handler.
func (d *device) Acknowledged(token uint64, reason byte, at time.Duration) {
	d.publisher.Acknowledged(token, reason, at)
}

// Orphaned implements mqtt.Handler.
func (d *device) Orphaned(token uint64, at time.Duration) { d.publisher.Orphaned(token, at) }

// Taken implements mqtt.Handler.
func (d *device) Taken(n int, at time.Duration) { d.publisher.Taken(n, at) }

// Flushed implements mqtt.Handler.
func (d *device) Flushed(at time.Duration) { d.publisher.Flushed(at) }

// Received implements mqtt.Handler.
func (d *device) Received(p *mqtt.Publish, at time.Duration) { d.subscriber.Received(p, at) }

// EndBatch implements mqtt.Handler. The receipts are recorded before anything is published.
func (d *device) EndBatch(at time.Duration) {
	d.subscriber.EndBatch(at)
	d.publisher.EndBatch(at)
}

// connected implements role.
func (d *device) connected(sessionPresent bool, at time.Duration) {
	d.subscriber.connected(sessionPresent, at)
	d.publisher.connected(sessionPresent, at)
}

// attends implements role: it has to subscribe.
func (d *device) attends() bool { return d.subscriber.attends() }

// attend implements role.
func (d *device) attend(ctx context.Context) error { return d.subscriber.attend(ctx) }

// disconnected implements role.
func (d *device) disconnected(at time.Duration) {
	d.subscriber.disconnected(at)
	d.publisher.disconnected(at)
}

// left implements role.
func (d *device) left() {
	d.subscriber.left()
	d.publisher.left()
}

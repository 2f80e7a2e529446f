// Package workers is the load of a run: thousands of simulated publishers and subscribers in one [Fleet].
//
// It owns the [Assignment] (who connects where and sends what), the schedules that offer load at intended times
// whatever happens to connections, and beside them closed loops, the life of each client (connect, subscribe, lose,
// reconnect) and the bookkeeping of what became of each message, which it hands to a history.Recorder. It does not
// start or know brokers (it is given a [Dialer]), does not inject faults, and judges nothing. Only the coordinator
// imports it.
package workers

//go:build !race

package mqtt

// raceEnabled: the tests run under the race detector.
const raceEnabled = false

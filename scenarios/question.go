package scenarios

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"slices"
)

// Question is a short hash of what a scenario asks of whatever brokers: its load, its faults and its phases, and how
// brokers are joined and bounded. Runs of scenarios with the same question can be compared. It leaves out what says
// nothing about that, the name, the description, the seed and the thresholds, and what results have of their own:
// product, runtime, shape, nodes, profile and image. Of files only the name counts, and no password.
func (s *Scenario) Question() (string, error) {
	q := *s
	q.Name, q.Description, q.Seed, q.Thresholds = "", "", 0, nil
	t := &q.Topology
	t.Broker, t.Runtime, t.Shape, t.Nodes, t.Profile, t.Image, t.Subnet = "", "", "", 0, "", "", ""
	c := &q.Workload.Client
	c.Password = ""
	for _, file := range []*string{&t.Users, &c.Credentials, &c.TLS.CA, &c.TLS.Certificate, &c.TLS.Key} {
		*file = base(*file)
	}
	q.Workload.Publishers = slices.Clone(q.Workload.Publishers)
	for i := range q.Workload.Publishers {
		q.Workload.Publishers[i].Replay.File = base(q.Workload.Publishers[i].Replay.File)
	}
	text, err := q.YAML()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8]), nil
}

// base is the last element of a path, and nothing of none.
func base(path string) string {
	if path == "" {
		return ""
	}
	return filepath.Base(path)
}

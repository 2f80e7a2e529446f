package scenarios_test

import (
	"fmt"

	"github.com/mqbench/mqbench/scenarios"
)

func ExampleParse() {
	_, err := scenarios.Parse("mine.yaml", []byte(`name: mine
topology: {broker: nats, shape: clustr, nodes: 3}
workload:
  publishers:
    - {name: sensors, count: 500, topic: "plant/{n}", qos: 1, rate: 2}
phases: {measure: 40s}
`), scenarios.LoadOptions{})
	fmt.Println(err)
	// Output:
	// mine.yaml:2:33: shape: unknown word "clustr": did you mean cluster? (want single, independent, standby, cluster, star, chain, mesh or edge)
	//     topology: {broker: nats, shape: clustr, nodes: 3}
	//                                     ^
	// mine.yaml:5:69: rate: rate 2 lacks its unit: want a rate such as 500/s, 30/m or 2/h
	//         - {name: sensors, count: 500, topic: "plant/{n}", qos: 1, rate: 2}
	//                                                                         ^
}

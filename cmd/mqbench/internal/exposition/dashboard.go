package exposition

import _ "embed" // for the dashboard

// Dashboard is a dashboard for Grafana that shows the metrics, in the JSON that it imports. It asks for a data source
// of the type prometheus and for a run.
//
//go:embed dashboard.json
var Dashboard string

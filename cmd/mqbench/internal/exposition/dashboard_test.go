package exposition_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/exposition"
)

type datasource struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

type target struct {
	RefID      string     `json:"refId"`
	Expr       string     `json:"expr"`
	Datasource datasource `json:"datasource"`
}

type panel struct {
	ID          int        `json:"id"`
	Type        string     `json:"type"`
	Title       string     `json:"title"`
	Description string     `json:"description"`
	Datasource  datasource `json:"datasource"`
	GridPos     struct{ X, Y, W, H int }
	Targets     []target
}

type variable struct {
	Name  string          `json:"name"`
	Type  string          `json:"type"`
	Query json.RawMessage `json:"query"`
	Regex string          `json:"regex"`
}

type dashboard struct {
	ID            *int   `json:"id"`
	UID           string `json:"uid"`
	Title         string `json:"title"`
	SchemaVersion int    `json:"schemaVersion"`
	Templating    struct{ List []variable }
	Annotations   struct {
		List []struct {
			Expr       string
			Datasource datasource
		}
	}
	Panels []panel
}

func readDashboard(t *testing.T) dashboard {
	t.Helper()
	var d dashboard
	if err := json.Unmarshal([]byte(exposition.Dashboard), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// expressions are all of PromQL in the dashboard, by where they are.
func (d dashboard) expressions() map[string]string {
	all := map[string]string{}
	for _, p := range d.Panels {
		for _, q := range p.Targets {
			all[p.Title+" "+q.RefID] = q.Expr
		}
	}
	for _, a := range d.Annotations.List {
		all["annotations"] = a.Expr
	}
	return all
}

// unshown are the metrics that are for queries and not for the dashboard.
var unshown = []string{"mqbench_run_start_timestamp_seconds"}

// TestDashboardAndMetrics: the dashboard asks for no metric that does not exist, always of one run, and leaves out none
// that is not left out on purpose.
func TestDashboardAndMetrics(t *testing.T) {
	have := names(t)
	name := regexp.MustCompile(`mqbench_[a-z_]+`)
	shown := map[string]bool{}
	for where, expr := range readDashboard(t).expressions() {
		asked := name.FindAllString(expr, -1)
		if len(asked) == 0 || strings.Count(expr, `run="$run"`) != len(asked) {
			t.Errorf("%s: %s: want metrics of the run that is chosen", where, expr)
		}
		for _, metric := range asked {
			family := strings.TrimSuffix(metric, "_bucket")
			if !slices.Contains(have, family) {
				t.Errorf("%s: there is no %s", where, metric)
			}
			if (family != metric) != (strings.Contains(expr, "le)")) {
				t.Errorf("%s: %s: classes are for quantiles and heat maps", where, expr)
			}
			if strings.HasSuffix(family, "_total") && !strings.Contains(expr, "rate(") && strings.Contains(expr, "[$__rate_interval]") {
				t.Errorf("%s: %s: a counter by time is a rate", where, expr)
			}
			shown[family] = true
		}
	}
	for _, metric := range have {
		if shown[metric] == slices.Contains(unshown, metric) {
			t.Errorf("%s: shown %v, on purpose not shown %v", metric, shown[metric], !shown[metric])
		}
	}
	if known := slices.Sorted(maps.Keys(shown)); len(known) < 40 {
		t.Errorf("only %d metrics are shown", len(known))
	}
}

// TestDashboardForm holds the dashboard against what Grafana needs of one that is imported.
func TestDashboardForm(t *testing.T) {
	d := readDashboard(t)
	if d.ID != nil || d.UID == "" || d.Title == "" || d.SchemaVersion < 36 {
		t.Errorf("id %v, uid %q, title %q, schema version %d", d.ID, d.UID, d.Title, d.SchemaVersion)
	}
	asks := map[string]string{}
	for _, v := range d.Templating.List {
		asks[v.Name] = v.Type
		if v.Name == "run" && !strings.Contains(string(v.Query), "mqbench_run_info") {
			t.Errorf("runs come from %s", v.Query)
		}
		if _, err := regexp.Compile(strings.ReplaceAll(strings.Trim(v.Regex, "/"), "(?<", "(?P<")); err != nil {
			t.Error(err)
		}
	}
	if asks["datasource"] != "datasource" || asks["run"] != "query" {
		t.Errorf("it asks for %v", asks)
	}
	source := datasource{"prometheus", "${datasource}"}
	ids, titles, taken := map[int]bool{}, map[string]bool{}, map[[2]int]string{}
	for _, p := range d.Panels {
		if ids[p.ID] || p.ID == 0 || titles[p.Title] || p.Title == "" {
			t.Errorf("panel %d, %q: no number or title of its own", p.ID, p.Title)
		}
		ids[p.ID], titles[p.Title] = true, true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other, is := taken[[2]int{x, y}]; is || x >= 24 {
					t.Fatalf("%q lies over %q or beyond the page", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		if p.Type == "row" {
			continue
		}
		if p.Datasource != source || p.Description == "" || len(p.Targets) == 0 {
			t.Errorf("%q: data source %v, description %q, %d targets", p.Title, p.Datasource, p.Description, len(p.Targets))
		}
		refs := map[string]bool{}
		for _, q := range p.Targets {
			if refs[q.RefID] || q.RefID == "" || q.Datasource != source {
				t.Errorf("%q: target %+v", p.Title, q)
			}
			refs[q.RefID] = true
		}
	}
	if len(d.Annotations.List) != 1 || d.Annotations.List[0].Datasource != source {
		t.Errorf("annotations %+v", d.Annotations.List)
	}
}

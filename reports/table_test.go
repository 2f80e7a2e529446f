package reports

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func tableOf(t *testing.T, x *Table, width int, color bool) string {
	t.Helper()
	var b bytes.Buffer
	if err := x.Write(&b, width, color); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTable(t *testing.T) {
	x := &Table{Header: []string{"Broker", "nodes", "what it is"}, Text: []int{0, 2}}
	x.Row("nats", "3", "a cluster inside the binary, with replicated sessions")
	x.Row("mochi\x1b[2J")
	whole := strings.Join([]string{
		"Broker        nodes  what it is",
		"──────────────────────────────────────────────────────────────────────────",
		"nats              3  a cluster inside the binary, with replicated sessions",
		`mochi\x1b[2J`,
		"",
	}, "\n")
	cut := strings.Join([]string{
		"Broker        nodes  what it is",
		"────────────────────────────────────────",
		"nats              3  a cluster inside t…",
		`mochi\x1b[2J`,
		"",
	}, "\n")
	// A narrow page cuts what is printed on it and not the table.
	for _, page := range []struct {
		width int
		want  string
	}{{80, whole}, {40, cut}, {80, whole}} {
		if d := cmp.Diff(page.want, tableOf(t, x, page.width, false)); d != "" {
			t.Errorf("on %d columns (-want +got):\n%s", page.width, d)
		}
	}
	if !strings.HasPrefix(tableOf(t, x, 80, true), "\x1b[1mBroker") {
		t.Error("the header of a coloured table is not bold")
	}
}

// Figures are never cut, not even where they do not fit.
func TestTableKeepsFigures(t *testing.T) {
	x := &Table{Header: []string{"name", "count"}, Text: []int{0}}
	x.Row(strings.Repeat("n", 50), strings.Repeat("9", 50))
	got := tableOf(t, x, 20, false)
	if !strings.Contains(got, strings.Repeat("9", 50)) || !strings.Contains(got, "nnnnnnn…  9") {
		t.Errorf("got\n%s", got)
	}
}

func TestTableRefusesRowsThatAreTooLong(t *testing.T) {
	x := &Table{Header: []string{"one"}}
	x.Row("1")
	x.Row("1", "2")
	if err := x.Write(io.Discard, 80, false); err == nil || err.Error() != "write table: row 2 has 2 cells (want 1)" {
		t.Errorf("got %v", err)
	}
}

// A column that wraps loses nothing: its cells go on in further lines, in which all other columns are empty, and the
// colour of a row is that of all its lines.
func TestTableWraps(t *testing.T) {
	table := Table{Header: []string{"check", "s", "seen"}, Text: []int{0, 2}, Wrap: []int{2}}
	table.Judged("fail", "come up", "0.2", "version 2.7.9, receive_maximum 1024")
	table.Judged("pass", "a check with a name", "12.5", "ok")
	for width, want := range map[int]string{
		100: "check                   s  seen\n" +
			"──────────────────────────────────────────────────────────────\n" +
			"come up               0.2  version 2.7.9, receive_maximum 1024\n" +
			"a check with a name  12.5  ok\n",
		44: "check                   s  seen\n" +
			"──────────────────────────────────────────\n" +
			"come up               0.2  version 2.7.9,\n" +
			"                           receive_maximum\n" +
			"                           1024\n" +
			"a check with a name  12.5  ok\n",
	} {
		if d := cmp.Diff(want, tableOf(t, &table, width, false)); d != "" {
			t.Errorf("width %d (-want +got):\n%s", width, d)
		}
	}
	if n := strings.Count(tableOf(t, &table, 44, true), "\x1b[1;31m"); n != 3 {
		t.Errorf("%d red lines, want the 3 of the row that failed", n)
	}
}

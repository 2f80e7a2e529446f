package scenarios_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/scenarios"
)

func TestIdentities(t *testing.T) {
	text := "\ufeffclient_id,username,password,certificate,key\n# a comment\n" +
		`d1,anna,"a,""b""",,` + "\n" + `"",otto,,o.pem,o.key` + "\n"
	want := []scenarios.Identity{
		{Username: "anna", Password: `a,"b"`, ClientID: "d1"},
		{Username: "otto", Certificate: "o.pem", Key: "o.key"},
	}
	got, err := scenarios.ParseIdentities("c.csv", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestIdentityMistakes(t *testing.T) {
	const header = "username,password,client_id,certificate,key\n"
	long := strings.Repeat("x", 65536)
	for name, story := range map[string]struct{ text, want string }{
		"empty":           {"", "c.csv: the file is empty: want a header such as username,password"},
		"unknown column":  {"user,password\n", `c.csv:1: unknown column "user": want a header of username, password, client_id, certificate, key`},
		"column twice":    {"username,password,username\n", "c.csv:1: column username is there twice"},
		"no password":     {"username\nme\n", "c.csv:1: the header lacks the column password"},
		"fields missing":  {header + "me,secret\n", "c.csv: record on line 2: wrong number of fields"},
		"no user":         {header + ",secret,,,\n", "c.csv:2: username is empty"},
		"long":            {header + "me," + long + ",,,\n", "c.csv:2: password has 65536 bytes, more than the 65535 that MQTT allows"},
		"half a pair":     {header + "me,secret,,c.pem,\n", "c.csv:2: want certificate and key together"},
		"identifier":      {header + "me,secret,d,,\nyou,secret,d,,\n", `c.csv:3: client_id "d" is that of line 2: a broker would end one of the two [MQTT-3.1.4-3]`},
		"NUL":             {header + "m\x00e,secret,,,\n", "c.csv:2: username holds a NUL, which MQTT does not allow [MQTT-1.5.4-2]"},
		"lines are right": {header + "a,secret,\"d\n1\",,\n,secret,,,\n", "c.csv:4: username is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := scenarios.ParseIdentities("c.csv", []byte(story.text))
			if err == nil || err.Error() != story.want {
				t.Errorf("error %v, want %s", err, story.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Error("the error shows a password")
			}
		})
	}
	many, err := scenarios.ParseIdentities("c.csv", []byte(header+strings.Repeat(",x,,,\n", 1000)))
	if err == nil || strings.Count(err.Error(), "\n") > 15 || !strings.HasSuffix(err.Error(), "c.csv: more mistakes may follow") {
		t.Errorf("%d lines, error %v", len(many), err)
	}
}

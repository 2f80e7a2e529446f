package scenarios

import (
	"reflect"
	"slices"
	"strings"
	"time"
)

// A field is one key of the language, as the tags of the types define it.
type field struct {
	index    int
	key      string
	typ      reflect.Type
	required bool
	// fallback is the value of an absent key, as it would be written; empty: there is none, or it depends on others.
	fallback string
}

// fieldsOf lists the keys of a struct type in the order of its fields: those without omitempty are required.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		key, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		fields = append(fields, field{
			index: i, key: key, typ: f.Type,
			required: options != "omitempty", fallback: f.Tag.Get("default"),
		})
	}
	return fields
}

// keysOf lists the words of the keys of a struct type.
func keysOf(t reflect.Type) []string {
	var keys []string
	for _, f := range fieldsOf(t) {
		keys = append(keys, f.key)
	}
	return keys
}

// isSection reports whether values of the type are mappings with keys of their own.
func isSection(t reflect.Type) bool {
	switch t {
	case reflect.TypeFor[Backoff](), reflect.TypeFor[Span](), reflect.TypeFor[Threshold](), reflect.TypeFor[Ramp](),
		reflect.TypeFor[Replay]():
		return false
	default:
		return t.Kind() == reflect.Struct
	}
}

// sectionOf takes pointers and lists off a type, and reports whether what remains is a section.
func sectionOf(t reflect.Type) (reflect.Type, bool) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t, isSection(t)
}

// elsewhere finds where in the language a key belongs that does not belong where it was written:
// "workload.client.keepalive". It is "" where the key is unknown everywhere, or known in more than two sections.
func elsewhere(key string) string {
	var found []string
	var search func(t reflect.Type, path string)
	search = func(t reflect.Type, path string) {
		for _, f := range fieldsOf(t) {
			if f.key == key {
				found = append(found, path+f.key)
			}
			section, is := sectionOf(f.typ)
			if !is {
				continue
			}
			if f.typ.Kind() == reflect.Slice {
				search(section, path+f.key+"[].")
			} else {
				search(section, path+f.key+".")
			}
		}
	}
	search(reflect.TypeFor[Scenario](), "")
	if len(found) > 2 {
		return ""
	}
	return oneOf(found)
}

// wordsOf lists the words of an enumeration; nil for every other type.
func wordsOf(t reflect.Type) []string {
	switch t {
	case reflect.TypeFor[Runtime]():
		return words(RuntimeProcess, RuntimeContainer)
	case reflect.TypeFor[Shape]():
		return words(ShapeSingle, ShapeIndependent, ShapeStandby, ShapeCluster, ShapeStar, ShapeChain, ShapeMesh, ShapeEdge)
	case reflect.TypeFor[Profile]():
		return words(ProfileStock, ProfileTuned)
	case reflect.TypeFor[Library]():
		return words(LibraryMqbench, LibraryPaho)
	case reflect.TypeFor[Protocol]():
		return words(Protocol311, Protocol5)
	case reflect.TypeFor[Session]():
		return words(SessionClean, SessionPersistent)
	case reflect.TypeFor[Strategy]():
		return words(StrategyRotate, StrategyOrdered, StrategySticky)
	case reflect.TypeFor[Per]():
		return words(PerClient, PerGroup)
	case reflect.TypeFor[Arrival]():
		return words(ArrivalConstant, ArrivalPoisson)
	case reflect.TypeFor[Jitter]():
		return words(JitterFull, JitterNone)
	case reflect.TypeFor[Leave]():
		return words(LeaveDisconnect, LeaveDrop)
	case reflect.TypeFor[FaultKind]():
		return faultWords()
	case reflect.TypeFor[Balancer]():
		return words(BalancerNone, BalancerHAProxy)
	case reflect.TypeFor[Direction]():
		return words(DirectionBoth, DirectionOut, DirectionIn)
	case reflect.TypeFor[Links]():
		return words(LinksClients, LinksBrokers, LinksAll)
	case reflect.TypeFor[Via]():
		return words(ViaPackets, ViaProxy)
	case reflect.TypeFor[Transport]():
		return words(TransportTCP, TransportTLS, TransportWS, TransportWSS)
	case reflect.TypeFor[Certificates]():
		return words(CertificatesNone, CertificatesGenerated)
	case reflect.TypeFor[TLSVersion]():
		return words(TLSVersion12, TLSVersion13)
	case reflect.TypeFor[Departure]():
		return words(DepartureDrop, DepartureTakeover)
	default:
		return nil
	}
}

// targetWords are the targets that are no names of brokers.
func targetWords() []string {
	return words(TargetRandom, TargetMinority, TargetMajority, TargetAll, TargetLeader)
}

// WordsOf are the words that a type of the language has, such as [Runtime], [Shape] or [Transport].
func WordsOf[T ~string]() []string { return wordsOf(reflect.TypeFor[T]()) }

func words[T ~string](list ...T) []string {
	texts := make([]string, len(list))
	for i, word := range list {
		texts[i] = string(word)
	}
	return texts
}

// noun names what a value of the type is, with an example, for messages: "want a duration such as 5s".
func noun(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return "a duration such as 5s"
	case reflect.TypeFor[Rate]():
		return "a rate such as 500/s"
	case reflect.TypeFor[Ramp]():
		return "a rate such as 500/s, or a range such as 0/s..50/s"
	case reflect.TypeFor[Replay]():
		return "the path of a CSV file"
	case reflect.TypeFor[Size]():
		return "a size such as 128B"
	case reflect.TypeFor[Percent]():
		return "a share such as 5%"
	case reflect.TypeFor[Bandwidth]():
		return "a bandwidth such as 1Mbit/s"
	case reflect.TypeFor[CPUs]():
		return "a number of processors such as 0.5"
	case reflect.TypeFor[Span]():
		return "a duration or a range of them such as 30s..2m"
	case reflect.TypeFor[Backoff]():
		return "a range of durations such as 50ms..1s"
	case reflect.TypeFor[Threshold]():
		return `a threshold such as "failover.p99 < 5s"`
	case reflect.TypeFor[QoS]():
		return "0, 1 or 2"
	case reflect.TypeFor[Target]():
		return "the name of a broker, " + oneOf(targetWords())
	}
	if known := wordsOf(t); known != nil {
		return oneOf(known)
	}
	switch t.Kind() {
	case reflect.Struct:
		return "a mapping with the keys " + strings.Join(keysOf(t), ", ")
	case reflect.Pointer:
		return noun(t.Elem())
	case reflect.Slice:
		return "a list"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Uint64:
		return "a whole number"
	default:
		return "a text"
	}
}

// title names the section of a path for messages: "publishers[1]" for "workload.publishers[1]", "the scenario" for "".
func title(path string) string {
	if path == "" {
		return "the scenario"
	}
	return path[strings.LastIndexByte(path, '.')+1:]
}

// unknownKey says what to do about a key that a section does not have.
func unknownKey(key, path string, section reflect.Type) string {
	keys := keysOf(section)
	if near := nearest(key, keys); near != "" {
		return "did you mean " + near + "?"
	}
	if other := elsewhere(key); other != "" {
		return "it belongs to " + other
	}
	sorted := slices.Clone(keys)
	slices.Sort(sorted)
	return "the keys of " + title(path) + " are " + strings.Join(sorted, ", ")
}

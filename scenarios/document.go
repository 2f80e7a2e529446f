package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The bounds of a scenario file. The parser beneath recurses, so depth is bounded before it sees the text; and some of
// its steps take the square of the length, so the length is, far above what anybody writes.
const (
	maxFileBytes = 64 << 10
	maxDepth     = 32
)

// A node is a YAML value reduced to what the language has: scalars, mappings and sequences, each with its place.
type node struct {
	kind nodeKind
	// text is the value of a scalar, without quotes; quoted is true where the file has any (or a block scalar).
	text   string
	quoted bool
	// keys are the entries of a mapping in the order of the file; incomplete is true where some were refused.
	keys       []entry
	incomplete bool
	// items are the elements of a sequence.
	items []*node
	place place
}

type nodeKind int

const (
	// nodeInvalid stands for a value whose mistake has been reported already.
	nodeInvalid nodeKind = iota
	nodeNull
	nodeScalar
	nodeMapping
	nodeSequence
)

// String names the kind for messages.
func (k nodeKind) String() string {
	switch k {
	case nodeNull:
		return "nothing"
	case nodeScalar:
		return "a single value"
	case nodeMapping:
		return "a mapping of keys"
	case nodeSequence:
		return "a list"
	default:
		return "an invalid value"
	}
}

// An entry is one key of a mapping and its value.
type entry struct {
	key   string
	place place
	value *node
}

// A place is where something stands: a line and column of the file, or an override.
type place struct {
	line, column int
	override     string
}

// get returns the value of a key, or nil.
func (n *node) get(key string) *node {
	for _, e := range n.keys {
		if e.key == key {
			return e.value
		}
	}
	return nil
}

// set replaces the value of a key or appends the key.
func (n *node) set(key string, at place, value *node) {
	for i := range n.keys {
		if n.keys[i].key == key {
			n.keys[i] = entry{key, at, value}
			return
		}
	}
	n.keys = append(n.keys, entry{key, at, value})
}

// report receives a mistake.
type report func(at place, format string, args ...any)

// parseDocument turns YAML text into a tree. It is nil where the text has no tree at all; the reason has been reported
// then.
func parseDocument(text []byte, problem report) (root *node) {
	start := place{line: 1, column: 1}
	if len(text) > maxFileBytes {
		problem(start, "the file has %d bytes, more than the bound of %d", len(text), maxFileBytes)
		return nil
	}
	if !utf8.Valid(text) {
		problem(invalidPlace(text), "the file is not UTF-8 text")
		return nil
	}
	// The parser is not ours and the text is anybody's: should it panic, that is one more way to say that this is not
	// YAML.
	defer func() {
		if caught := recover(); caught != nil {
			problem(start, "the file is not YAML: %v", caught)
			root = nil
		}
	}()
	tokens := lexer.Tokenize(string(text))
	if at, deep := tooDeep(tokens); deep {
		problem(at, "values are nested deeper than %d levels", maxDepth)
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		syntaxProblem(err, string(text), problem)
		return nil
	}
	r := reader{problem: problem}
	for _, document := range file.Docs {
		if document.Body == nil || document.Body.Type() == ast.DirectiveType {
			continue
		}
		if root != nil {
			problem(placeOf(document.Body), "a second document begins here: want one scenario in a file")
			break
		}
		root = r.read(document.Body, 0)
	}
	if root == nil {
		problem(start, "the file is empty: want a scenario, which begins with the key name")
	}
	return root
}

// invalidPlace is the place of the first byte that is not UTF-8.
func invalidPlace(text []byte) place {
	at := place{line: 1, column: 1}
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && size == 1:
			return at
		case r == '\n':
			at = place{line: at.line + 1, column: 1}
		default:
			at.column++
		}
		text = text[size:]
	}
	return at
}

// tooDeep finds nesting that a line can hold: brackets, and dashes and colons behind one another. Nesting by
// indentation needs so much text that the bound on the file bounds it too.
func tooDeep(tokens token.Tokens) (place, bool) {
	brackets, inLine, line := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, inLine = t.Position.Line, 0
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			brackets++
		case token.SequenceEndType, token.MappingEndType:
			brackets = max(brackets-1, 0)
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			inLine++
		default:
		}
		if brackets > maxDepth || inLine > maxDepth {
			return place{line: t.Position.Line, column: t.Position.Column}, true
		}
	}
	return place{}, false
}

// syntaxProblem reports the error of the parser at its place, with what people mostly did to get there.
func syntaxProblem(err error, text string, problem report) {
	var located yaml.Error
	if !errors.As(err, &located) || located.GetToken() == nil {
		problem(place{line: 1, column: 1}, "the file is not YAML: %v", err)
		return
	}
	position, message := located.GetToken().Position, located.GetMessage()
	line := ""
	if lines := strings.Split(text, "\n"); position.Line <= len(lines) {
		line = lines[max(position.Line, 1)-1]
	}
	switch {
	case strings.Contains(message, "tab character") || strings.Contains(message, "'\t'"):
		message += ": want spaces instead of tabs"
	case strings.Contains(message, "must be specified") && slices.ContainsFunc(placeholders(), func(p string) bool {
		return strings.Contains(line, p)
	}):
		message += ": between braces, a text that has braces itself needs quotes"
	}
	problem(place{line: position.Line, column: position.Column}, "syntax: %s", strings.ReplaceAll(message, "\t", `\t`))
}

// reader turns the parser's tree into ours and refuses what the language does not have.
type reader struct{ problem report }

func (r reader) read(n ast.Node, depth int) *node {
	at := placeOf(n)
	if depth > maxDepth {
		r.problem(at, "values are nested deeper than %d levels", maxDepth)
		return &node{kind: nodeInvalid, place: at}
	}
	switch v := n.(type) {
	case *ast.MappingNode:
		return r.readMapping(v.Values, at, depth)
	case *ast.MappingValueNode:
		return r.readMapping([]*ast.MappingValueNode{v}, at, depth)
	case *ast.SequenceNode:
		sequence := &node{kind: nodeSequence, place: at}
		for _, item := range v.Values {
			sequence.items = append(sequence.items, r.read(item, depth+1))
		}
		return sequence
	case *ast.NullNode:
		return &node{kind: nodeNull, place: at}
	case *ast.StringNode:
		quoted := v.Token.Type == token.DoubleQuoteType || v.Token.Type == token.SingleQuoteType
		return &node{kind: nodeScalar, text: v.Value, quoted: quoted, place: at}
	case *ast.LiteralNode:
		return &node{kind: nodeScalar, text: v.Value.Value, quoted: true, place: at}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return &node{kind: nodeScalar, text: n.GetToken().Value, place: at}
	case *ast.AnchorNode:
		r.problem(at, "anchors (&) are not part of the language: write the value out where it is used")
	case *ast.AliasNode:
		r.problem(at, "aliases (*) are not part of the language: write the value out")
	case *ast.TagNode:
		r.problem(at, "tags (%s) are not part of the language: leave it out", v.Start.Value)
	default:
		r.problem(at, "%s is not part of the language", strings.ToLower(n.Type().String()))
	}
	return &node{kind: nodeInvalid, place: at}
}

func (r reader) readMapping(values []*ast.MappingValueNode, at place, depth int) *node {
	mapping := &node{kind: nodeMapping, place: at}
	first := map[string]place{}
	for _, v := range values {
		if v.Key == nil {
			mapping.incomplete = true
			r.problem(placeOf(v), "the key is missing")
			continue
		}
		keyAt := placeOf(v.Key)
		if v.Key.IsMergeKey() {
			mapping.incomplete = true
			r.problem(keyAt, "merge keys (<<) are not part of the language: write the keys out")
			continue
		}
		key, plain := keyText(v.Key)
		if !plain {
			mapping.incomplete = true
			r.problem(keyAt, "want a plain word as key")
			continue
		}
		if earlier, twice := first[key]; twice {
			r.problem(keyAt, "duplicate key %q: it stands at line %d already", key, earlier.line)
			continue
		}
		first[key] = keyAt
		value := &node{kind: nodeNull, place: keyAt}
		if v.Value != nil {
			value = r.read(v.Value, depth+1)
		}
		if value.kind == nodeNull {
			value.place = keyAt
		}
		mapping.keys = append(mapping.keys, entry{key, keyAt, value})
	}
	return mapping
}

// keyText returns the text of a key that is one word.
func keyText(key ast.MapKeyNode) (string, bool) {
	switch k := key.(type) {
	case *ast.StringNode:
		return k.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode:
		return key.GetToken().Value, true
	default:
		return "", false
	}
}

// placeOf is where a value begins to the eye: a block mapping begins with its first key, a plain text of several lines
// with its first one.
func placeOf(n ast.Node) place {
	if n == nil {
		return place{line: 1, column: 1}
	}
	switch v := n.(type) {
	case *ast.MappingNode:
		if !v.IsFlowStyle && len(v.Values) > 0 {
			return placeOf(v.Values[0])
		}
	case *ast.MappingValueNode:
		if v.Key != nil {
			return placeOf(v.Key)
		}
	default:
	}
	t := n.GetToken()
	if t == nil || t.Position == nil {
		return place{line: 1, column: 1}
	}
	return place{line: t.Position.Line, column: t.Position.Column}
}

// describe shows a value in a message, cut to a readable length.
func (n *node) describe() string {
	if n.kind != nodeScalar {
		return n.kind.String()
	}
	const most = 60
	text := []rune(n.text)
	if len(text) > most {
		text = append(text[:most], '…')
	}
	if n.quoted {
		return fmt.Sprintf("the text %q", string(text))
	}
	return fmt.Sprintf("%q", string(text))
}

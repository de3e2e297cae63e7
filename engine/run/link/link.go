// Package link writes a run as an address and reads it again: the Spec in the query, only
// what differs from the nearest preset, with its seed; after a run the hash of its weights and
// the version of the arithmetic that made them; and after #, which no browser sends to a
// server, a model small enough to travel so. docs/links.md specifies the format.
//
//	?v=1&spec=mail&seed=7&model.hidden=32&arithmetic-version=1&weights=7e304dc1…#model=PAAAAA…
//
// An address comes from anybody. Parse bounds it before it reads it, and what it returns
// has passed spec.Validate. Like spec, it has no arithmetic: the page links it.
package link

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/clove-ml/clove/engine/run/spec"
)

// Version of what String writes. Parse reads it and all before it.
const Version = 1

// Bounds of an address, in bytes.
const (
	MaxQuery    = 16 << 10
	MaxFragment = 96 << 10
	MaxModel    = 64 << 10 // before base64
	maxRest     = 4 << 10  // what stands before the query
)

// Keys of the query that are not paths of the Spec, and of the fragment.
const (
	keyVersion    = "v"
	keyStart      = "spec"
	keyArithmetic = "arithmetic-version"
	keyWeights    = "weights"
	keySmall      = "small"
	keyModel      = "model"
)

// Link is what an address carries.
type Link struct {
	Version    int       // that it was written in; 0 where the query holds no Spec, and Spec is the default
	Spec       spec.Spec // valid; Data.Path is never part of it
	Arithmetic int       // version of the arithmetic that made the weights; 0 not told
	Weights    string    // SHA-256 of the weights as trained, hex; "" not told
	Small      string    // and of the smaller ones that Spec.Compress makes of them
	Model      []byte    // a model's file, unread: whoever opens it must expect anything
}

// Comparable says whether a hash in the link must come out of a run of its Spec here: the
// arithmetic is of our version and Strict.
func (l Link) Comparable() bool {
	return (l.Weights != "" || l.Small != "") && l.Arithmetic == spec.ArithmeticVersion && l.Spec.Arithmetic != spec.Fast
}

// local are fields that do not travel: the document's version is the link's, the name is the
// start's, and a path is of one machine.
func local(path string) bool { return path == "version" || path == "name" || path == "data.path" }

type pair struct{ key, value string }

// pairs are the query, in the order in which it is written.
func (l Link) pairs() []pair {
	all := []pair{{keyVersion, strconv.Itoa(Version)}}
	all = append(all, nearest(l.Spec)...)
	if l.Spec.Arithmetic == spec.Fast { // whose weights are those of one machine
		return all
	}
	if l.Arithmetic != 0 {
		all = append(all, pair{keyArithmetic, strconv.Itoa(l.Arithmetic)})
	}
	if l.Weights != "" {
		all = append(all, pair{keyWeights, l.Weights})
	}
	if l.Small != "" {
		all = append(all, pair{keySmall, l.Small})
	}
	return all
}

// nearest tells a Spec by the start from which it differs least.
func nearest(s spec.Spec) []pair {
	var best []pair
	fewest := 0
	for _, name := range append([]string{""}, spec.Presets()...) {
		from, ok := start(name, Version)
		if !ok {
			continue // a preset that came after this version
		}
		var told []pair
		if name != "" {
			told = append(told, pair{keyStart, name})
		}
		length, was := len(name), from.Fields()
		for i, f := range s.Fields() {
			if !local(f.Path) && (f.Path == "seed" || f.Value != was[i].Value) {
				told = append(told, pair{f.Path, f.Value})
				length += len(f.Path) + len(f.Value) + 2
			}
		}
		if best == nil || length < fewest {
			best, fewest = told, length
		}
	}
	return best
}

// Query is what stands after the question mark.
func (l Link) Query() url.Values {
	v := url.Values{}
	for _, p := range l.pairs() {
		v.Set(p.key, p.value)
	}
	return v
}

// String is the whole address; base is the page's, whose own query and fragment go.
func (l Link) String(base string) string {
	base, _, _ = strings.Cut(base, "#")
	base, _, _ = strings.Cut(base, "?")
	var b strings.Builder
	b.WriteString(base)
	for i, p := range l.pairs() {
		b.WriteByte("?&"[min(i, 1)])
		b.WriteString(p.key + "=" + plain.Replace(url.QueryEscape(p.value)))
	}
	if len(l.Model) > 0 {
		b.WriteString("#" + Fragment(l.Model))
	}
	return b.String()
}

// plain are signs that may stand in a query as they are, and stand in pipelines.
var plain = strings.NewReplacer("%3D", "=", "%2F", "/", "%2C", ",", "%3A", ":")

// Fragment is a model as it stands after #.
func Fragment(model []byte) string {
	return keyModel + "=" + base64.RawURLEncoding.EncodeToString(model)
}

// Parse reads an address. What is no part of a link, as lang or room, is left to others. An
// error is an *Error.
func Parse(address string) (Link, error) {
	if len(address) > maxRest+MaxQuery+MaxFragment {
		return Link{}, refuse(TooLong, "", "", strconv.Itoa(MaxQuery))
	}
	rest, fragment, _ := strings.Cut(address, "#")
	_, query, _ := strings.Cut(rest, "?")
	switch {
	case len(query) > MaxQuery:
		return Link{}, refuse(TooLong, "", "", strconv.Itoa(MaxQuery))
	case len(fragment) > MaxFragment:
		return Link{}, refuse(ModelTooLong, keyModel, "", strconv.Itoa(MaxModel))
	}
	given, err := read(query)
	if err != nil {
		return Link{}, err
	}
	l, err := given.link()
	if err != nil {
		return Link{}, err
	}
	l.Model, err = modelIn(fragment)
	if err != nil {
		return Link{}, err
	}
	return l, nil
}

// query is what stands in an address for us, in its order.
type query []pair

func (q query) get(key string) (string, bool) {
	i := slices.IndexFunc(q, func(p pair) bool { return p.key == key })
	if i < 0 {
		return "", false
	}
	return q[i].value, true
}

// ours says whether a key speaks of the run: one of our own, or of the Spec.
func ours(key string) bool {
	switch key {
	case keyVersion, keyStart, keyArithmetic, keyWeights, keySmall:
		return true
	}
	group, _, inGroup := strings.Cut(key, ".")
	for _, f := range known {
		if f == key && !local(f) || inGroup && strings.HasPrefix(f, group+".") {
			return true
		}
	}
	return false
}

// known are the paths of the Spec.
var known = func() []string {
	var paths []string
	for _, f := range spec.Default().Fields() {
		paths = append(paths, f.Path)
	}
	return paths
}()

func read(text string) (query, error) {
	var q query
	for part := range strings.SplitSeq(text, "&") {
		k, v, _ := strings.Cut(part, "=")
		key, err := url.QueryUnescape(k)
		if err != nil || !ours(key) {
			continue // another's, who may say what is wrong with it
		}
		value, err := url.QueryUnescape(v)
		if err != nil {
			return nil, refuse(Escape, key, v, "")
		}
		if _, twice := q.get(key); twice {
			return nil, refuse(Twice, key, value, "")
		}
		q = append(q, pair{key, value})
	}
	return q, nil
}

func (q query) link() (Link, error) {
	if len(q) == 0 {
		return Link{Spec: spec.Default()}, nil
	}
	l := Link{Version: Version}
	if v, ok := q.get(keyVersion); ok {
		n, err := strconv.Atoi(v)
		switch {
		case err != nil || n < 1:
			return Link{}, refuse(Value, keyVersion, v, "1 to "+strconv.Itoa(Version))
		case n > Version:
			return Link{}, refuse(Newer, keyVersion, v, strconv.Itoa(Version))
		}
		l.Version = n
	}
	name, _ := q.get(keyStart)
	s, ok := start(name, l.Version)
	if !ok {
		return Link{}, refuse(UnknownStart, keyStart, name, strings.Join(spec.Presets(), ", "))
	}
	for _, p := range q {
		switch p.key {
		case keyVersion, keyStart:
		case keyArithmetic:
			n, err := strconv.Atoi(p.value)
			if err != nil || n < 1 || n > 1_000_000 {
				return Link{}, refuse(Value, p.key, p.value, "1 to 1000000")
			}
			l.Arithmetic = n
		case keyWeights, keySmall:
			if !isHash(p.value) {
				return Link{}, refuse(Value, p.key, p.value, wantHash)
			}
			if p.key == keyWeights {
				l.Weights = p.value
			} else {
				l.Small = p.value
			}
		default:
			if err := set(&s, p); err != nil {
				return Link{}, err
			}
		}
	}
	if err := s.Validate(); err != nil {
		return Link{}, invalid(err, "")
	}
	if whole, _ := start(name, l.Version); s.ID() != whole.ID() {
		s.Name = "" // as where a setting of a preset is changed by hand
	}
	l.Spec = s
	return l, nil
}

// What some fields may be, as spec says it of others: the page words these.
const (
	wantHash = "a SHA-256"
	wantWord = "a name"
)

// longestWord bounds a field that is free text, the name of a column: it has no < or > and no control characters.
const longestWord = 200

func set(s *spec.Spec, p pair) error {
	if local(p.key) {
		return refuse(Local, p.key, p.value, "")
	}
	if !slices.Contains(known, p.key) {
		return refuse(UnknownField, p.key, p.value, "")
	}
	switch p.key {
	case "data.sha256":
		if !isHash(p.value) {
			return refuse(Value, p.key, p.value, wantHash)
		}
	case "data.text_column", "data.label_column":
		if len(p.value) > longestWord || strings.ContainsFunc(p.value, func(r rune) bool { return r < ' ' || r == '<' || r == '>' || r == '\ufffd' }) {
			return refuse(Value, p.key, p.value, wantWord)
		}
	}
	if p.key == "compress" {
		if _, err := spec.ParsePipeline(p.value); err != nil {
			return pipeline(p.value, err)
		}
	}
	if err := s.Set(p.key, p.value); err != nil {
		return invalid(err, p.value)
	}
	return nil
}

func isHash(s string) bool {
	return len(s) == 64 && !strings.ContainsFunc(s, func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) })
}

// modelIn is the model in a fragment, nil where there is none.
func modelIn(fragment string) ([]byte, error) {
	for part := range strings.SplitSeq(fragment, "&") {
		text, ok := strings.CutPrefix(part, keyModel+"=")
		if !ok {
			continue
		}
		if base64.RawURLEncoding.DecodedLen(len(text)) > MaxModel {
			return nil, refuse(ModelTooLong, keyModel, "", strconv.Itoa(MaxModel))
		}
		b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
		if err != nil || len(b) == 0 {
			return nil, refuse(ModelText, keyModel, "", "")
		}
		return b, nil
	}
	return nil, nil
}

package link

import (
	_ "embed"
	"encoding/json"

	"github.com/clove-ml/clove/engine/run/spec"
)

// A link says only what differs from a start, so what a start was when the link was written
// must be kept: a preset that is tuned anew gives the next version of links, with a file of
// its own here, and old links mean what they meant.
//
//go:embed starts/v1.json
var starts1 []byte

var starts = map[int][]byte{1: starts1}

// start is the Spec that a link of that version begins with: the default, by the name "", or
// a preset.
func start(name string, version int) (spec.Spec, bool) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(starts[version], &all); err != nil {
		panic(err) // our own file, which a test reads
	}
	text, ok := all[name]
	if !ok {
		return spec.Spec{}, false
	}
	s, err := spec.Parse(text)
	if err != nil {
		panic(err)
	}
	return s, true
}

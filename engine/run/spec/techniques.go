package spec

import "slices"

// Technique is one kind of step: what may stand after its name, and so what a menu
// offers. Package compress has what it does, one a file under the same name.
type Technique struct {
	Name    string
	Value   Setting // after "="; a zero one where nothing stands there
	Options []Setting
	// Stores says that it decides how weights are kept in the file: the parts that it
	// touches can't be changed after it.
	Stores bool
	// Anew says that its model has another shape, or weights of its own.
	Anew bool
	// Trains says that it goes over the training texts.
	Trains bool
}

// Setting is a value or an option: one of some words, several of them, or a number,
// which as an option follows its name ("words3000").
type Setting struct {
	Name    string
	Words   []string
	Many    bool // of the words may be given
	Low     float64
	High    float64
	Whole   bool
	Open    bool   // Low and High themselves are not allowed
	Default string // where it isn't given; of Many, none means all
}

// Parts of a model that a step can be told to leave all others alone.
const (
	PartEmbedding = "embedding"
	PartLSTM      = "lstm"
	PartLinear    = "linear"
)

// Matrices of the LSTM, and its gates in the order of their rows, to which a step can be
// narrowed: "prune=0.8/recurrent/g".
const (
	MatrixInput     = "input"
	MatrixRecurrent = "recurrent"
)

// Gates of the LSTM: each is a quarter of the rows of both matrices.
var Gates = []string{"i", "f", "g", "o"}

var (
	parts   = Setting{Name: "parts", Words: []string{PartEmbedding, PartLSTM, PartLinear}, Many: true}
	matrix  = Setting{Name: "matrices", Words: []string{MatrixInput, MatrixRecurrent}, Many: true}
	gate    = Setting{Name: "gates", Words: Gates, Many: true}
	grain   = Setting{Name: "grain", Words: []string{"tensor", "gate", "row", "group32", "group64", "group128"}, Default: "row"} // as package model stores
	form    = Setting{Name: "form", Words: []string{"affine", "symmetric"}, Default: "affine"}
	rule    = Setting{Name: "range", Words: []string{"minmax", "percentile", "mse"}, Default: "minmax"}
	state   = Setting{Name: "state", Words: []string{"bounded", "dynamic", "calibrated"}, Default: "bounded"}
	teacher = Setting{Name: "teacher", Words: []string{"teacher"}} // the model that came in
	epochs  = Setting{Name: "epochs", Low: 1, High: MaxEpochs, Whole: true, Default: "1"}
)

// Techniques are all there are, in the order of a menu.
var Techniques = []Technique{
	{Name: "distill", Anew: true, Trains: true,
		Value: Setting{Name: "student", Words: []string{"lstm", "bag"}, Default: "lstm"},
		Options: []Setting{
			{Name: "words", Low: 100, High: MaxVocabulary, Whole: true},
			{Name: "embedding", Low: 1, High: MaxWidth, Whole: true},
			{Name: "hidden", Low: 1, High: MaxWidth, Whole: true},
			{Name: "t", Low: 0.5, High: 20, Default: "2"},
			{Name: "alpha", Low: 0, High: 1, Default: "0.9"},
			{Name: "epochs", Low: 1, High: MaxEpochs, Whole: true, Default: "8"},
			{Name: "rate", Low: 0, High: 1, Open: true},
		}},
	{Name: "words", Anew: true,
		Value:   Setting{Name: "count", Low: 100, High: MaxVocabulary, Whole: true, Default: "4000"},
		Options: []Setting{{Name: "by", Words: []string{"use", "effect"}, Default: "use"}}},
	{Name: "units", Anew: true,
		Value: Setting{Name: "share", Low: 0, High: 1, Open: true, Default: "0.5"}},
	{Name: "columns", Anew: true,
		Value: Setting{Name: "share", Low: 0, High: 1, Open: true, Default: "0.5"}},
	{Name: "prune", Trains: false,
		Value: Setting{Name: "share", Low: 0, High: 1, Open: true, Default: "0.8"},
		Options: []Setting{parts, matrix, gate,
			{Name: "each", Words: []string{"layer"}},
			{Name: "gradual", Low: 1, High: MaxEpochs, Whole: true}, teacher}},
	{Name: "positive", Options: []Setting{parts}},
	{Name: "finetune", Trains: true,
		Value:   Setting{Name: "epochs", Low: 1, High: MaxEpochs, Whole: true, Default: "1"},
		Options: []Setting{teacher}},
	{Name: "quantize", Stores: true,
		Value:   Setting{Name: "bits", Words: []string{"int8", "int4", "article"}, Default: "int8"},
		Options: []Setting{grain, form, rule, state, parts}},
	{Name: "qat", Stores: true, Trains: true,
		Value:   Setting{Name: "bits", Words: []string{"int8", "int4"}, Default: "int4"},
		Options: []Setting{grain, form, {Name: "scales", Words: []string{"tracked", "learned"}, Default: "tracked"}, epochs, teacher, parts}},
	{Name: "half", Stores: true,
		Value:   Setting{Name: "format", Words: []string{"float16", "bfloat16"}, Default: "float16"},
		Options: []Setting{parts}},
	{Name: "binary", Stores: true, Trains: true,
		Value:   Setting{Name: "scale", Words: []string{"plain", "mean", "learned"}, Default: "learned"},
		Options: []Setting{epochs, teacher, parts}},
	{Name: "ternary", Stores: true, Trains: true,
		Value:   Setting{Name: "scale", Words: []string{"mean", "learned"}, Default: "learned"},
		Options: []Setting{epochs, teacher, parts}},
	{Name: "rank", Stores: true,
		Value:   Setting{Name: "rank", Low: 1, High: MaxWidth, Whole: true, Default: "16"},
		Options: []Setting{parts}},
	{Name: "pq", Stores: true,
		Value:   Setting{Name: "bytes", Low: 1, High: 256, Whole: true, Default: "8"},
		Options: []Setting{{Name: "norms", Words: []string{"norms"}}}},
	{Name: "cluster", Stores: true,
		Value:   Setting{Name: "bits", Low: 1, High: 8, Whole: true, Default: "4"},
		Options: []Setting{parts}},
	{Name: "huffman"},
}

// OfParts says whether it can be done to one part of a model and leave the others alone.
func (t Technique) OfParts() bool {
	return slices.ContainsFunc(t.Options, func(o Setting) bool { return o.Name == parts.Name })
}

// TechniqueOf is the one of that name; false where there is none.
func TechniqueOf(name string) (Technique, bool) {
	i := slices.IndexFunc(Techniques, func(t Technique) bool { return t.Name == name })
	if i < 0 {
		return Technique{}, false
	}
	return Techniques[i], true
}

// touches are the parts that a step changes or stores.
func (t Technique) touches(s PipelineStep) []string {
	switch t.Name {
	case "pq":
		return []string{PartEmbedding}
	case "huffman":
		return nil
	case "finetune":
		return parts.Words
	}
	return s.Parts()
}

// order says why a step can't come where it stands, behind the others.
func order(before []PipelineStep, s PipelineStep) *Refusal {
	t, _ := TechniqueOf(s.Name)
	stored := map[string]string{} // part → who stored it
	for _, b := range before {
		u, _ := TechniqueOf(b.Name)
		switch {
		case b.Name == "huffman":
			return refuse(RefusedPacked, []string{s.Name, b.Name}, "%s after huffman: what is packed can't be changed any more, put huffman last", s.Name)
		case t.Name == "distill":
			return refuse(RefusedFirst, []string{s.Name, b.Name}, "distill after %s: it makes a model of its own, put distill first", b.Name)
		case t.Anew && b.Name == "prune":
			return refuse(RefusedShape, []string{s.Name, b.Name}, "%s after prune: it takes whole rows and columns out, put %s before prune", s.Name, s.Name)
		}
		if u.Stores {
			for _, p := range u.touches(b) {
				stored[p] = b.Name
			}
		}
	}
	if t.Anew && len(stored) > 0 {
		last := before[len(before)-1].Name
		return refuse(RefusedShape, []string{s.Name, last}, "%s after %s: it takes whole rows and columns out, put %s before it", s.Name, last, s.Name)
	}
	for _, p := range t.touches(s) {
		if by := stored[p]; by != "" {
			return refuse(RefusedStored, []string{s.Name, by}, "%s after %s: rounded weights can't be changed any more, put %s last", s.Name, by, by)
		}
	}
	return nil
}

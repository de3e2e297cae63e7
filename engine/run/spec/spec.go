// Package spec is the small language in which everybody speaks of a run:
// Spec says what to do, Event what has happened. It holds no arithmetic, so the
// page links it without linking the engine.
package spec

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Version of the document. A reader refuses any other.
const Version = 1

// ArithmeticVersion numbers what Strict arithmetic gives: two programs of one version come
// to the same weights by the same Spec, two of different ones need not. It is one more
// whenever a change moves a hash of stricttest's golden runs, which holds it to that.
// It stands here for the page and its links, which have no arithmetic (package tensor has).
const ArithmeticVersion = 1

// Spec is one run, whole: the same Spec gives the same weights on every machine.
// Device, threads and paths are the machine's business and no part of it.
type Spec struct {
	Version   int       `json:"version"`
	Name      string    `json:"name,omitempty"` // of the preset it began as; no part of the identity
	Seed      uint64    `json:"seed"`           // of initial values, dropout, batch order and generated data
	Data      Data      `json:"data"`
	Tokenizer Tokenizer `json:"tokenizer"`
	Model     Model     `json:"model"`
	Train     Train     `json:"train"`

	// Arithmetic is strict ("" too), whose bits are the same everywhere, or fast, whose
	// weights are those of one kind of processor alone (package tensor).
	Arithmetic string `json:"arithmetic,omitempty"`

	Compress string `json:"compress,omitempty"` // a pipeline, "prune=0.8,finetune=1,quantize=int8"
}

// Data names labelled text.
type Data struct {
	Source      string  `json:"source"`                 // reviews, mail, names, imdb or file
	Path        string  `json:"path,omitempty"`         // of a file or folder, natively; no part of the identity
	SHA256      string  `json:"sha256,omitempty"`       // of a file's bytes, hex
	Label       string  `json:"label,omitempty"`        // "" whole, "coarse" cut at ':'
	TextColumn  string  `json:"text_column,omitempty"`  // of a CSV; "" by its header
	LabelColumn string  `json:"label_column,omitempty"` // of a CSV; "" by its header
	Validation  float64 `json:"validation"`             // share of train kept for validation where the data has none
	Limit       int     `json:"limit,omitempty"`        // at most so many training texts; 0 all
}

// Tokenizer says how a text becomes numbers.
type Tokenizer struct {
	Kind       string `json:"kind"`       // words or characters
	Vocabulary int    `json:"vocabulary"` // entries at most, <pad> and <unk> included
	MinCount   int    `json:"min_count"`  // a token seen less often in train is unknown
	MaxTokens  int    `json:"max_tokens"` // a longer text is cut
	Cut        string `json:"cut"`        // head keeps the first tokens, tail the last, both half of each
}

// Model is Embedding → LSTM → Dropout → Linear.
type Model struct {
	Kind             string  `json:"kind"`              // lstm
	Embedding        int     `json:"embedding"`         // E, numbers a token
	Hidden           int     `json:"hidden"`            // H, units of the LSTM
	ForgetBias       float64 `json:"forget_bias"`       // added to the forget gate's bias at the start
	EmbeddingScale   float64 `json:"embedding_scale"`   // standard deviation of the initial embedding
	EmbeddingDropout float64 `json:"embedding_dropout"` // share of embedding dimensions dropped, one mask a sequence
	Dropout          float64 `json:"dropout"`           // share of the last state dropped
}

// Train is the loop.
type Train struct {
	Optimizer string  `json:"optimizer"` // adam
	Rate      float64 `json:"rate"`
	Schedule  string  `json:"schedule"` // constant, or linear: rate × (1 − step/steps)
	Beta1     float64 `json:"beta1"`
	Beta2     float64 `json:"beta2"`
	Epsilon   float64 `json:"epsilon"`
	Epochs    int     `json:"epochs"`
	Batch     int     `json:"batch"`
	Clip      float64 `json:"clip"`      // bound of the gradient's global norm; 0 none
	Smoothing float64 `json:"smoothing"` // of labels: the target of the true one is 1 − s + s/labels, of each other s/labels; 0 none
	Patience  int     `json:"patience"`  // epochs without a better validation loss before it stops; 0 never
	KeepBest  bool    `json:"keep_best"`
}

// Default is what every Spec starts from.
func Default() Spec {
	return Spec{
		Version:   Version,
		Seed:      1,
		Data:      Data{Source: "reviews", Validation: 0.1},
		Tokenizer: Tokenizer{Kind: "words", Vocabulary: 10000, MinCount: 2, MaxTokens: 128, Cut: "head"},
		Model:     Model{Kind: "lstm", Embedding: 64, Hidden: 64, ForgetBias: 1, EmbeddingScale: 0.1},
		Train: Train{
			Optimizer: "adam", Rate: 0.001, Schedule: "linear", Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8,
			Epochs: 3, Batch: 32, Clip: 1, KeepBest: true,
		},
	}
}

// Parse reads a Spec, missing fields taken from Default, unknown ones refused.
func Parse(b []byte) (Spec, error) {
	s := Default()
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return Spec{}, fmt.Errorf("reading the spec: %w", err)
	}
	return s, s.Validate()
}

// What Arithmetic may be.
const (
	Strict = "strict"
	Fast   = "fast"
)

// ID is the identity of the run: SHA-256 of the canonical JSON without name and path, in hex.
// Strict arithmetic has no word in it.
func (s Spec) ID() string {
	s.Name, s.Data.Path = "", ""
	if s.Arithmetic == Strict {
		s.Arithmetic = ""
	}
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a struct of plain fields always marshals
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

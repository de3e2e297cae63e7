package spec

import (
	"encoding/json"
	"fmt"
)

// Event is what a run says. Encode writes it with its kind under "event".
type Event interface{ Kind() string }

// Counts of texts.
type Counts struct {
	Train      int `json:"train"`
	Validation int `json:"validation"`
	Test       int `json:"test"`
}

// Layer is a row of the model's table.
type Layer struct {
	Name    string `json:"name"`  // embedding, lstm, linear, vocabulary
	Shape   string `json:"shape"` // "2,412×64", "64 → 64"
	Weights int    `json:"weights"`
	Bytes   int    `json:"bytes"` // in the file
}

// Sample is a labelled text to look at.
type Sample struct {
	Label string `json:"label"`
	Text  string `json:"text"`
}

// Facts are the true figures of a data set as the Spec cuts it.
type Facts struct {
	Texts      Counts    `json:"texts"`
	Labels     []string  `json:"labels"`      // sorted; probability is that of the last where there are two
	LabelShare []float64 `json:"label_share"` // of all texts, beside Labels
	MeanTokens float64   `json:"mean_tokens"` // a training text, before the cut
	Vocabulary int       `json:"vocabulary"`  // entries, <pad> and <unk> included
	Unknown    float64   `json:"unknown"`     // share of validation tokens that the vocabulary lacks
	CutShare   float64   `json:"cut_share"`   // share of training texts that lose tokens to the cut
	VocabBytes int       `json:"vocab_bytes"` // of the vocabulary in the file
	Layers     []Layer   `json:"layers"`
	FileBytes  int       `json:"file_bytes"` // of the model's file
	Samples    []Sample  `json:"samples"`
	Skipped    int       `json:"skipped"`           // rows left out
	Reasons    []string  `json:"reasons,omitempty"` // the first few, "line 12: no label"
	Notes      []string  `json:"notes,omitempty"`   // what the reader decided: "read as CSV; text is \"review\""
	Duplicates int       `json:"duplicates"`        // texts that repeat an earlier one
	Synthetic  bool      `json:"synthetic"`
	Origin     string    `json:"origin,omitempty"` // where it comes from
	Terms      string    `json:"terms,omitempty"`  // its licence
}

// Measure is an accuracy with its 95 % interval (Wilson 1927) and the mean loss.
type Measure struct {
	Accuracy float64 `json:"accuracy"` // 0 to 1
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
	Loss     float64 `json:"loss"`
	Texts    int     `json:"texts"`
}

// Started: data read, model made. First of a run.
type Started struct {
	Run          string `json:"run"`
	Spec         Spec   `json:"spec"`
	Facts        Facts  `json:"facts"`
	StepsAnEpoch int    `json:"steps_an_epoch"`
	Steps        int    `json:"steps"`
	Parameters   int    `json:"parameters"`
	Device       string `json:"device"`
	Threads      int    `json:"threads"`
	FromStep     int    `json:"from_step,omitempty"` // of the checkpoint it goes on from

	Choice *Choice `json:"choice,omitempty"` // of the device; nil where there was none to make
}

// Reading: data is being read; counts grow.
type Reading struct {
	Rows  int   `json:"rows"`
	Bytes int64 `json:"bytes"`
	Total int64 `json:"total,omitempty"` // bytes, 0 unknown
}

// Step of the optimiser. Not every step is told: about ten a second at most, and each stepped one.
type Step struct {
	Step           int     `json:"step"`     // done so far, 1 after the first
	Epoch          int     `json:"epoch"`    // 1 for the first
	Loss           float64 `json:"loss"`     // mean since the last Step event
	Accuracy       float64 `json:"accuracy"` // on train, since the last Step event
	Rate           float64 `json:"rate"`
	GradNorm       float64 `json:"grad_norm"` // before clipping
	TextsPerSecond float64 `json:"texts_s"`
	SecondsLeft    float64 `json:"seconds_left"`
	Threads        int     `json:"threads,omitempty"` // that trained it: fewer than could, where more were slower
}

// Evaluated on validation in the midst of training.
type Evaluated struct {
	Step       int     `json:"step"`
	Epoch      int     `json:"epoch"`
	Validation Measure `json:"validation"`
}

// Epoch ended.
type Epoch struct {
	Epoch      int     `json:"epoch"`
	Step       int     `json:"step"`
	Loss       float64 `json:"loss"`
	Accuracy   float64 `json:"accuracy"`
	Validation Measure `json:"validation"`
	Best       bool    `json:"best"`
	Seconds    float64 `json:"seconds"` // of training so far, pauses left out
}

// Paused between two steps.
type Paused struct {
	Step int `json:"step"`
}

// Resumed after a pause.
type Resumed struct {
	Step int `json:"step"`
}

// Saved: a checkpoint is stored.
type Saved struct {
	Step  int    `json:"step"`
	Epoch int    `json:"epoch"` // ended epochs
	Bytes int    `json:"bytes"`
	Why   string `json:"why"` // epoch, pause, stop (cancelled), end
}

// Notice is something to know; the run goes on. Code as in Failed: storage_full, storage_refused …
type Notice struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Step    int    `json:"step,omitempty"`

	// Where a card was lost (gpu_lost, gpu_memory, gpu_shader): who trains from here on, and
	// how many steps it takes again.
	Device string `json:"device,omitempty"`
	Redone int    `json:"redone,omitempty"`
}

// Part of a file, in bytes. The parts add up to the file.
type Part struct {
	Name  string `json:"name"`
	Bytes int    `json:"bytes"`
	// Of these, those that only say which weights are left, and those of scales, zero
	// points and codebooks, by which the others are read.
	Which int `json:"which,omitempty"`
	Scale int `json:"scale,omitempty"`
}

// StageResult is the state after one step of a pipeline.
type StageResult struct {
	Step     PipelineStep `json:"step"`
	Bytes    int          `json:"bytes"`    // of the file it would be now
	Accuracy float64      `json:"accuracy"` // on test
}

// Flip is a test text whose answer changed.
type Flip struct {
	Index    int     `json:"index"` // in the test set
	Text     string  `json:"text"`
	Truth    string  `json:"truth"`  // its label
	Before   float64 `json:"before"` // probability of the last label; with more than two labels, of the true one
	After    float64 `json:"after"`
	NowRight bool    `json:"now_right"`
}

// LayerError is how far a layer's weights are from the original's: the signal-to-noise
// ratio 10·log₁₀(Σ w² / Σ (ŵ − w)²), the more the nearer; 6 dB is a bit of precision.
type LayerError struct {
	Layer string  `json:"layer"` // embedding, lstm, linear
	DB    float64 `json:"db"`
	Exact bool    `json:"exact,omitempty"` // no weight differs; DB is 0 then
}

// Versus is a variant's answers beside the original's on the same test texts.
type Versus struct {
	Agreement float64 `json:"agreement"` // share of texts with the same answer
	// Lost is how much accuracy went, Low and High its 95 % interval (Agresti & Min 2005,
	// of matched pairs), below 0 where the variant is better.
	Lost float64 `json:"lost"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// McNemar is the exact test's two-sided p (1947): how often as uneven a split of the
	// texts that one of them alone has right would come by chance. 1 where there are none.
	McNemar float64 `json:"mcnemar"`
}

// Pretend is the same variant with its weights decoded to float32 and float arithmetic.
type Pretend struct {
	LatencyMS float64 `json:"latency_ms"` // median, measured beside the real one
	Texts     int     `json:"texts"`      // on which answers were compared
	Agree     int     `json:"agree"`      // answers that are the same
	Most      float64 `json:"most"`       // difference of a probability
}

// Variant is a model and what was measured of it. The original is one too, with no stages.
type Variant struct {
	ID        string        `json:"id"`
	Name      string        `json:"name"` // "original", "prune 80 · int8"
	Pipeline  string        `json:"pipeline,omitempty"`
	Stages    []StageResult `json:"stages,omitempty"`
	Test      Measure       `json:"test"`
	FileBytes int           `json:"file_bytes"`
	Parts     []Part        `json:"parts"`
	LatencyMS float64       `json:"latency_ms"`           // median, one text; 0 not measured
	LatencyQ1 float64       `json:"latency_q1,omitempty"` // quartiles
	LatencyQ3 float64       `json:"latency_q3,omitempty"`
	SHA256    string        `json:"weights_sha256"`
	Changed   int           `json:"changed"` // answers, against the original
	NowWrong  int           `json:"now_wrong"`
	NowRight  int           `json:"now_right"`
	Flips     []Flip        `json:"flips,omitempty"` // at most 500, surest change first
	Sparsity  float64       `json:"sparsity,omitempty"`
	Where     string        `json:"where,omitempty"` // device that measured the latency

	Errors   []LayerError `json:"errors,omitempty"`   // of each layer that still has its shape
	Versus   *Versus      `json:"versus,omitempty"`   // nil of the original
	Pretend  *Pretend     `json:"pretend,omitempty"`  // nil where latency is not measured, or nothing is encoded
	Original string       `json:"original,omitempty"` // SHA-256 of the weights that it was compared with
}

// Compressing tells how far a pipeline is.
type Compressing struct {
	Stage int     `json:"stage"` // 0-based
	Of    int     `json:"of"`
	Text  string  `json:"text"` // the stage as text
	Share float64 `json:"share"`
}

// Compressed: a pipeline ended.
type Compressed struct {
	Variant Variant `json:"variant"`
}

// Failed: the run ended without a model, or stopped at its last good checkpoint.
type Failed struct {
	Code    string  `json:"code"` // data_…, spec, model_shape, checkpoint, not_finite, cancelled, internal
	Message string  `json:"message"`
	Step    int     `json:"step,omitempty"`
	Tensor  string  `json:"tensor,omitempty"`    // that is not finite
	Rate    float64 `json:"try_rate,omitempty"`  // a smaller one to try
	Kept    int     `json:"kept_step,omitempty"` // step of the last good checkpoint, 0 none
}

// Done is the last event of a run that ended well.
type Done struct {
	Test      Measure `json:"test"`
	SHA256    string  `json:"weights_sha256"`
	FileBytes int     `json:"file_bytes"`
	Seconds   float64 `json:"seconds"`
	Step      int     `json:"step"`
	BestEpoch int     `json:"best_epoch,omitempty"`
	Stopped   string  `json:"stopped,omitempty"` // early, by patience

	// Card took some of the steps: the weights are no other machine's, and their hash promises nothing.
	Card string `json:"card,omitempty"`
	// Arithmetic is the ArithmeticVersion that made the weights, by which any machine
	// comes to the same hash; 0 where they carry no such claim.
	Arithmetic int `json:"arithmetic,omitempty"`
}

func (Started) Kind() string     { return "started" }
func (Reading) Kind() string     { return "reading" }
func (Step) Kind() string        { return "step" }
func (Evaluated) Kind() string   { return "evaluated" }
func (Epoch) Kind() string       { return "epoch" }
func (Paused) Kind() string      { return "paused" }
func (Resumed) Kind() string     { return "resumed" }
func (Saved) Kind() string       { return "saved" }
func (Notice) Kind() string      { return "notice" }
func (Compressing) Kind() string { return "compressing" }
func (Compressed) Kind() string  { return "compressed" }
func (Failed) Kind() string      { return "failed" }
func (Done) Kind() string        { return "done" }

// Encode writes an event as one line of JSON without its line end, "event" first.
func Encode(e Event) []byte {
	b, err := json.Marshal(e)
	if err != nil {
		panic(fmt.Errorf("encoding the event %s: %w", e.Kind(), err)) // NaN is a programmer's error: measures are finite
	}
	head := fmt.Appendf(nil, `{"event":%q`, e.Kind())
	if len(b) > 2 {
		head = append(head, ',')
	}
	return append(head, b[1:]...)
}

// Decode is Encode's inverse.
func Decode(b []byte) (Event, error) {
	var head struct {
		Event string `json:"event"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, fmt.Errorf("reading an event: %w", err)
	}
	switch head.Event {
	case "started":
		return decode[Started](b)
	case "reading":
		return decode[Reading](b)
	case "step":
		return decode[Step](b)
	case "evaluated":
		return decode[Evaluated](b)
	case "epoch":
		return decode[Epoch](b)
	case "paused":
		return decode[Paused](b)
	case "resumed":
		return decode[Resumed](b)
	case "saved":
		return decode[Saved](b)
	case "notice":
		return decode[Notice](b)
	case "compressing":
		return decode[Compressing](b)
	case "compressed":
		return decode[Compressed](b)
	case "failed":
		return decode[Failed](b)
	case "done":
		return decode[Done](b)
	}
	return nil, fmt.Errorf("reading an event: unknown kind %q", head.Event)
}

func decode[E Event](b []byte) (Event, error) {
	var e E
	if err := json.Unmarshal(b, &e); err != nil {
		return nil, fmt.Errorf("reading the event %s: %w", e.Kind(), err)
	}
	return e, nil
}

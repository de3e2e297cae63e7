// Package protocol is what the page and the worker say to each other: plain
// structs as JSON in one envelope. Bytes and files travel beside it, never in it.
//
//	page → worker   {id, kind, body} (+ data: ArrayBuffer or File)
//	worker → page   {id, kind, body, problem} (+ data: ArrayBuffer); id 0 is a push
//
// Every request gets exactly one reply with its id, of the kind "reply" or "problem".
// Long work (train, compress, native, bench) replies at once and then pushes.
//
// On the wire, in both directions, a message is the JavaScript object
//
//	{json: "the Envelope as text", data: ArrayBuffer | File | undefined}
//
// which both sides write and read with one JSON parser, and in which an
// ArrayBuffer is transferred, not copied. Requests may be posted before the
// worker's program runs; worker.js keeps them.
//
// A model is named by the id of a variant, unique over all runs ("RUN/original",
// "RUN/…", "builtin/original"); the id of a run names its original, or, before it
// is done, the best model of its last checkpoint; "live" is the one in training.
package protocol

import (
	"encoding/json"

	"github.com/clove-ml/clove/engine/run/spec"
)

// Envelope is the JSON of a message.
type Envelope struct {
	ID      int             `json:"id,omitempty"`
	Kind    string          `json:"kind"`
	Body    json.RawMessage `json:"body,omitempty"`
	Problem *Problem        `json:"problem,omitempty"`
}

// Problem is an error as data; the page words it (app/words, key "problem."+Code), with Message as the detail.
type Problem struct {
	Code    string   `json:"code"` // data_empty, data_one_label, data_encoding, data_truncated, data_too_long, data_other_file, need_file, file_unreadable, model_corrupt, model_shape, storage_full, storage_refused, worker_crashed, not_finite, no_server, no_simd (the kernels can't run here: the generic device computes), busy (Args: the run at work), owned (by another tab), not_found, spec (Args: field, want), cancelled, internal …
	Message string   `json:"message"`
	Args    []string `json:"args,omitempty"`
}

func (p *Problem) Error() string { return p.Message }

// Kinds of requests, with their bodies and replies.
const (
	KindHello    = "hello"    // Hello → Welcome
	KindDescribe = "describe" // Describe → Described: facts of a Spec's data and model; then pushes Estimated
	KindScore    = "score"    // Score → Scored
	KindTrain    = "train"    // Train (new or resumed) → Run, then pushes RunEvent
	KindControl  = "control"  // Control → nothing
	KindCompress = "compress" // Compress → Run, then pushes RunEvent (Compressing, Compressed, Failed)
	KindRuns     = "runs"     // nothing → Runs: what is saved
	KindOpen     = "open"     // Run → Opened
	KindDelete   = "delete"   // Run → nothing; kept until the worker ends, so that Undelete works
	KindUndelete = "undelete" // Run → nothing
	KindDownload = "download" // Download → File, data: the bytes
	KindImport   = "import"   // Import, data: a File → Imported
	KindNative   = "native"   // Native → NativeStarted, then pushes NativeEvent
	KindFlips    = "flips"    // Flips → FlipsPage
	KindOther    = "other"    // Other → Run (MeasureRun, whom Control can cancel), then pushes OtherEvent; a training that begins ends it
	KindShare    = "share"    // Model → Shared: a model as a link carries it
	KindGuest    = "guest"    // Guest → Opened: a model that came in a link, as the run GuestRun; kept nowhere
	KindKeep     = "keep"     // nothing → Imported: keeps the guest as a run of its own
	KindBench    = "bench"    // Bench → Run (whom Control can cancel), then pushes Measuring; a training that begins ends it
)

// Kinds of pushes.
const (
	KindRunEvent    = "run-event"    // RunEvent
	KindRunsChanged = "runs-changed" // Runs: this or another tab saved, deleted, began or ended one
	KindLive        = "live"         // Scored by the model in training, after an evaluation or on a changed sentence, ≤ 10 a second
	KindNativeEvent = "native-event" // NativeEvent
	KindReading     = "reading"      // spec.Reading while a file is imported
	KindOtherEvent  = "other-event"  // OtherEvent
	KindCard        = "card"         // Card: after hello, once the browser has said
	KindMeasuring   = "measuring"    // Measuring
	KindEstimated   = "estimated"    // Estimated: at once where this machine's pace is known, else after a probe
	KindCutOff      = "cut-off"      // Compress: one that ended with its tab, where Welcome could not tell yet
	KindMemory      = "memory"       // Memory: when it has changed, at most once a second
	KindNotice      = "notice"       // Problem of the machine: storage refused, no server …
	KindCrashed     = "crashed"      // with a Problem: the worker's program has ended. Posted by worker.js; no request will be answered any more: end the worker, start another, and offer the run's last checkpoint
)

// Kinds of replies.
const (
	KindReply   = "reply"
	KindProblem = "problem"
)

// Hello is the first request.
type Hello struct {
	Workers int `json:"workers,omitempty"` // that shall train, whatever that costs; 0: as many as prove fastest
}

// Welcome says what the worker found.
type Welcome struct {
	Device     string       `json:"device"`  // that computes: wasm-simd, generic …
	Threads    int          `json:"threads"` // that train, at most
	Go         string       `json:"go"`
	Server     bool         `json:"server"` // a native engine answers
	ServerCPU  string       `json:"server_cpu,omitempty"`
	ServerData []string     `json:"server_data,omitempty"` // sources it offers: imdb …
	Storage    string       `json:"storage"`               // kept, best-effort, refused: what the browser answered
	Used       int64        `json:"used"`                  // bytes kept here
	Quota      int64        `json:"quota"`
	Builtin    *Opened      `json:"builtin,omitempty"` // the model that judges on arrival, with its recorded run
	Runs       []RunSummary `json:"runs"`
	Bench      *spec.Bench  `json:"bench,omitempty"`   // what this machine was measured to do, the last time
	Names      []string     `json:"names"`             // sources that can be trained on here: reviews, mail, names
	Memory     int64        `json:"memory"`            // bytes that the worker's program has taken; 0 unknown
	CutOff     *Compress    `json:"cut_off,omitempty"` // a compression that ended with its tab
}

// Estimated is how long a run of a Spec will take here, and how much memory.
type Estimated struct {
	Spec    string  `json:"spec"`    // its identity
	Seconds float64 `json:"seconds"` // 0: not known yet, or no more than that it does not fit
	Bytes   int64   `json:"bytes"`   // of the worker's program; 0 unknown
	Most    int64   `json:"most"`    // that there are
}

// Fits says whether there is memory enough, as far as is known.
func (e Estimated) Fits() bool { return e.Most == 0 || e.Bytes <= e.Most }

// Memory is what the worker's program has taken.
type Memory struct {
	Bytes int64 `json:"bytes"`
}

// Describe asks for the true figures of a Spec.
type Describe struct {
	Spec spec.Spec `json:"spec"`
}

// Described are they.
type Described struct {
	Spec  spec.Spec  `json:"spec"`
	Facts spec.Facts `json:"facts"`
}

// Score asks models to read a sentence. Models are ids of variants; "live" is the one in training.
type Score struct {
	Seq    int      `json:"seq"` // counts up; an answer to an old one is dropped
	Text   string   `json:"text"`
	Models []string `json:"models"`
}

// Scored are their readings, in the order asked, those that failed left out.
type Scored struct {
	Seq    int     `json:"seq"`
	Text   string  `json:"text"`
	Traces []Trace `json:"traces"`
}

// Trace is a model's reading of a sentence, token by token.
type Trace struct {
	Model       string  `json:"model"`
	Label       string  `json:"label"`       // its answer
	Probability float64 `json:"probability"` // of the last label where there are two, else of Label
	Unknown     float64 `json:"unknown"`     // share of tokens that it never saw
	Tokens      []Token `json:"tokens"`
}

// Token of a Trace. Start and End are UTF-16 offsets into the sentence, as a page counts.
type Token struct {
	Text   string    `json:"text"`
	Start  int       `json:"start"`
	End    int       `json:"end"`
	ID     int       `json:"id"`               // 1 is unknown
	Moved  float64   `json:"moved"`            // log-odds: score after it minus score before it
	Score  float64   `json:"score"`            // probability after it
	Cut    bool      `json:"cut,omitempty"`    // dropped by the cut: no figures
	Embed  []float32 `json:"embed,omitempty"`  // 8 of E dimensions, divided by the tensor's 98th percentile
	Hidden []float32 `json:"hidden,omitempty"` // 8 of H units, divided likewise
}

// Train begins a run, or goes on with Run from its checkpoint.
type Train struct {
	Spec spec.Spec `json:"spec"`
	Run  string    `json:"run,omitempty"`  // resume this one; Spec is then the saved one
	From string    `json:"from,omitempty"` // start from this model's weights ("Train on")

	// Device is which shall train, one of spec.Places; "" the CPU. Of OnBoth this run is the CPU's,
	// and Other asks for the card's.
	Device string `json:"device,omitempty"`
}

// Run names a run.
type Run struct {
	Run string `json:"run"`
}

// Control of a run in progress.
type Control struct {
	Run string `json:"run"`
	Do  string `json:"do"` // pause, step, resume, cancel
}

// Compress makes a variant of a run's original model.
type Compress struct {
	Run      string `json:"run"` // whose original; "builtin" for the built-in one
	Pipeline string `json:"pipeline"`
}

// RunEvent is an Event of a run, as spec.Encode wrote it.
type RunEvent struct {
	Run   string          `json:"run"`
	Event json.RawMessage `json:"event"`
}

// RunSummary is a line of the list of saved runs.
type RunSummary struct {
	Run       string    `json:"run"`
	Name      string    `json:"name"` // "Film reviews · LSTM 32 → 32"
	Source    string    `json:"source"`
	Created   int64     `json:"created"` // Unix seconds
	State     string    `json:"state"`   // training, paused, stopped (resumable), done, failed
	Owner     string    `json:"owner"`   // here, elsewhere (another tab trains it), or ""
	Epoch     int       `json:"epoch"`
	Epochs    int       `json:"epochs"`
	Step      int       `json:"step"`
	Steps     int       `json:"steps"`
	Accuracy  float64   `json:"accuracy"` // test if done, else validation
	FileBytes int       `json:"file_bytes"`
	Variants  int       `json:"variants"`
	Stored    int64     `json:"stored"`          // bytes it takes here
	Curve     []float64 `json:"curve,omitempty"` // ≤ 40 losses, for a sparkline
}

// Runs is the list, newest first.
type Runs struct {
	Runs  []RunSummary `json:"runs"`
	Used  int64        `json:"used"`
	Quota int64        `json:"quota"`
}

// Opened is a saved run, whole.
type Opened struct {
	Summary  RunSummary        `json:"summary"`
	Spec     spec.Spec         `json:"spec"`
	Facts    spec.Facts        `json:"facts"`
	Events   []json.RawMessage `json:"events"`              // ≤ 500 of each kind, in order
	Variants []spec.Variant    `json:"variants"`            // the original first
	From     string            `json:"from,omitempty"`      // the model whose weights it began with
	NeedFile bool              `json:"need_file,omitempty"` // its data was too big to keep: asks for the same file
}

// Model names a model: a variant's id.
type Model struct {
	Model string `json:"model"`
}

// GuestRun is the run's id of a model that came in a link, until it is kept.
const GuestRun = "guest"

// Guest is such a model's file: of anybody, so of anything.
type Guest struct {
	File []byte `json:"file"`
}

// Shared is a model's file as it stands after # in a link.
type Shared struct {
	Model string `json:"model"`
	Text  string `json:"text"`
}

// Download asks for a variant as a file.
type Download struct {
	Model  string `json:"model"`
	Format string `json:"format,omitempty"` // of package export; none: the file as it is stored
}

// File is what a download is called.
type File struct {
	Name string `json:"name"`
}

// Import is a file that was chosen or dropped. The worker tells data from a model by its content.
type Import struct {
	Name string    `json:"name"`
	Spec spec.Spec `json:"spec"`          // settings to read data with
	Run  string    `json:"run,omitempty"` // the file that this run asks for
}

// Imported is one of the two.
type Imported struct {
	Data  *Described `json:"data,omitempty"`  // Spec.Data names the file by SHA-256
	Model *Opened    `json:"model,omitempty"` // stored as a run without data
}

// Native asks the server's engine for the same run.
type Native struct {
	Spec     spec.Spec `json:"spec"`
	SendData bool      `json:"send_data"` // pressed by the person: the data may leave the tab
}

// NativeStarted, or what stands in its way.
type NativeStarted struct {
	Run       string `json:"run"`
	NeedsData bool   `json:"needs_data"` // the server lacks it: ask the person
	Bytes     int64  `json:"bytes"`      // that would be sent
}

// NativeEvent is an Event of the server's run.
type NativeEvent struct {
	Run   string          `json:"run"`
	Event json.RawMessage `json:"event"`
}

// Other asks for the Spec of a run that has ended once more, on the other device: nothing of
// it is kept.
type Other struct {
	Run    string `json:"run"`
	Device string `json:"device"` // spec.OnCPU or spec.OnGPU
}

// OtherEvent is an Event of that, or how it ended: with Agreement or Problem.
type OtherEvent struct {
	Run       string          `json:"run"`
	Event     json.RawMessage `json:"event,omitempty"`
	Agreement *spec.Agreement `json:"agreement,omitempty"` // of its model with the run's
	Problem   *Problem        `json:"problem,omitempty"`
}

// Card is the graphics card that the browser would give, or why there is none.
type Card struct {
	Name    string   `json:"name,omitempty"`
	Slow    bool     `json:"slow,omitempty"` // a processor plays it
	Problem *Problem `json:"problem,omitempty"`
}

// BenchRun stands in place of a run's id where a measurement is told to end: of all tabs
// one measures, or they would measure each other.
const BenchRun = "bench"

// Bench asks to measure this machine.
type Bench struct {
	Seconds float64 `json:"seconds,omitempty"` // to measure for, about; 0: three, as long as a person waits
	Workers int     `json:"workers,omitempty"` // to train with beside one alone; 0: as many as runs may have

	Card bool `json:"card,omitempty"` // measure a card also where a processor plays it

	Encodings bool `json:"encodings,omitempty"` // measure what each encoding is worth instead
}

// Measuring is how far that is, or what came of it: it ends with a Bench or a Problem.
type Measuring struct {
	Share   float64     `json:"share"`
	Bench   *spec.Bench `json:"bench,omitempty"`
	Problem *Problem    `json:"problem,omitempty"`
}

// Flips asks for texts whose answer changed.
type Flips struct {
	Model string `json:"model"`
}

// FlipsPage are they.
type FlipsPage struct {
	Model string      `json:"model"`
	Flips []spec.Flip `json:"flips"`
}

package app

import (
	"encoding/json"
	"math"
	"strings"

	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

// The fixtures are states of the page reached as a person reaches them: by what
// the worker would answer and push. Figures are made up.

func body(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func measure(a float64) spec.Measure {
	return spec.Measure{Accuracy: a, Low: a - 0.008, High: a + 0.008, Loss: 0.17, Texts: 3000}
}

func madeFacts() spec.Facts {
	return spec.Facts{
		Texts: spec.Counts{Train: 9000, Validation: 1500, Test: 3000}, Labels: []string{"negative", "positive"},
		LabelShare: []float64{0.498, 0.502}, MeanTokens: 21, Vocabulary: 2412, Unknown: 0.004, VocabBytes: 21_000,
		Layers:    []spec.Layer{{Name: "embedding", Shape: "2,412×32", Weights: 77184, Bytes: 308_736}, {Name: "lstm", Shape: "32 → 32", Weights: 8448, Bytes: 33_792}, {Name: "linear", Shape: "32 → 1", Weights: 33, Bytes: 132}, {Name: "vocabulary", Shape: "2,412", Bytes: 21_000}},
		FileBytes: 364_100, Synthetic: true,
		Samples: []spec.Sample{{Label: "positive", Text: "Slow to start, then I could not look away."}, {Label: "negative", Text: "Lovely costumes. Shame about everything else."}, {Label: "positive", Text: "Never a dull minute."}, {Label: "negative", Text: "Not one honest laugh."}},
	}
}

func madeVariants(run string) []spec.Variant {
	v := func(id, name, pipe string, acc float64, bytes int, ms float64) spec.Variant {
		return spec.Variant{ID: run + "/" + id, Name: name, Pipeline: pipe, Test: measure(acc), FileBytes: bytes, LatencyMS: ms, LatencyQ1: ms * 0.9, LatencyQ3: ms * 1.2, SHA256: "3f9a71c2e08d55aa", Where: "generic"}
	}
	prune := v("p", "prune 80 · int8", "prune=0.8,finetune=1,quantize=int8", 0.936, 41_000, 0.17)
	prune.Stages = []spec.StageResult{
		{Step: spec.PipelineStep{Name: "prune", Value: "0.8"}, Bytes: 95_000, Accuracy: 0.912},
		{Step: spec.PipelineStep{Name: "finetune", Value: "1"}, Bytes: 95_000, Accuracy: 0.937},
		{Step: spec.PipelineStep{Name: "quantize", Value: "int8"}, Bytes: 41_000, Accuracy: 0.936},
	}
	prune.Parts = []spec.Part{{Name: "embedding", Bytes: 24_000}, {Name: "lstm", Bytes: 6_000}, {Name: "linear", Bytes: 200}, {Name: "vocabulary", Bytes: 9_000}, {Name: "header", Bytes: 1_800}}
	prune.Errors = []spec.LayerError{{Layer: "embedding", DB: 18.2}, {Layer: "lstm", DB: 14.1}, {Layer: "linear", Exact: true}}
	versus := spec.NewVersus(3000, 76, 58, 18)
	prune.Versus, prune.Original = &versus, "3f9a71c2e08d55aa"
	prune.Pretend = &spec.Pretend{LatencyMS: 0.43, Texts: 256, Agree: 256}
	prune.Changed, prune.NowWrong, prune.NowRight = 76, 58, 18
	prune.Flips = []spec.Flip{
		{Text: "It never quite becomes the film it hints at, the ending is a muddle, and I did not mind any of it at all.", Truth: "positive", Before: 0.58, After: 0.43},
		{Text: "A brave idea and a cast anyone would want, told without any of the wit that made the first film sing. I checked my watch twice.", Truth: "negative", Before: 0.37, After: 0.54},
		{Text: "I expected to hate every minute and then stayed in my seat for all of the credits.", Truth: "positive", Before: 0.46, After: 0.61, NowRight: true},
	}
	return []spec.Variant{v("original", "original", "", 0.941, 364_100, 0.42), v("int8", "int8", "quantize=int8", 0.940, 104_000, 0.19), v("p50", "prune 50", "prune=0.5", 0.922, 150_000, 0.31), prune}
}

// history is a run's events up to a step of 1,125.
func history(s spec.Spec, run string, upTo int) []spec.Event {
	an := 1124 / s.Train.Epochs // steps an epoch
	out := []spec.Event{
		spec.Reading{Rows: 9000, Bytes: 500_000, Total: 700_000},
		spec.Started{Run: run, Spec: s, Facts: madeFacts(), StepsAnEpoch: an, Steps: an * s.Train.Epochs, Parameters: 85_665, Device: "generic", Threads: 1},
	}
	for i := 9; i <= upTo; i += 9 {
		x := float64(i) / float64(an)
		wob := 0.02 * math.Sin(float64(i)*1.7)
		out = append(out, spec.Step{Step: i, Epoch: (i-1)/an + 1, Loss: 0.6*math.Exp(-4*x/float64(s.Train.Epochs)) + 0.1 + wob, Accuracy: 0.97 - 0.47*math.Exp(-5.2*x/float64(s.Train.Epochs)) + wob/2, Rate: 0.003 * (1 - x/float64(s.Train.Epochs)), GradNorm: 1, TextsPerSecond: 2410, SecondsLeft: 24})
		if i%90 == 0 {
			out = append(out, spec.Evaluated{Step: i, Epoch: (i-1)/an + 1, Validation: spec.Measure{Accuracy: 0.94 - 0.44*math.Exp(-5.2*x/float64(s.Train.Epochs)), Loss: 0.55*math.Exp(-4*x/float64(s.Train.Epochs)) + 0.15, Low: 0.8, High: 0.95, Texts: 1500}})
		}
		if i%an < 9 && i > 9 {
			out = append(out, spec.Saved{Step: i, Epoch: i / an, Bytes: 1_000_000, Why: "epoch"})
		}
	}
	return out
}

func lines(events []spec.Event) []json.RawMessage {
	var out []json.RawMessage
	for _, e := range events {
		out = append(out, spec.Encode(e))
	}
	return out
}

func madeBuiltin() *protocol.Opened {
	s, _ := spec.Preset("reviews")
	events := append(history(s, Builtin, 1122), spec.Done{Test: measure(0.941), SHA256: "3f9a71c2e08d55aa", FileBytes: 364_100, Seconds: 41, Step: 1124})
	return &protocol.Opened{Summary: protocol.RunSummary{Run: Builtin, Name: "reviews", State: "done"}, Spec: s, Facts: madeFacts(), Events: lines(events), Variants: madeVariants(Builtin)}
}

var madeMoves = map[string]float64{"not": -0.5, "masterpiece": 0.4, "promised": -0.7, "but": 0.4, "laughed": 1.2, "all": 0.16, "way": 0.11, "home": 0.3, "lovely": 0.5, "shame": -0.9}

// read is a made-up reading.
func read(model, text string, bias float64) protocol.Trace {
	t := protocol.Trace{Model: model}
	logit := bias
	for at := 0; at < len(text); {
		end := at
		for end < len(text) && text[end] != ' ' && text[end] != ',' && text[end] != '.' {
			end++
		}
		if end == at {
			at++
			continue
		}
		w := strings.ToLower(text[at:end])
		moved := madeMoves[w]
		logit += moved
		tok := protocol.Token{Text: w, Start: at, End: end, ID: 2 + len(w)*17, Moved: moved, Score: 1 / (1 + math.Exp(-logit))}
		for k := 0; k < 8; k++ {
			tok.Embed = append(tok.Embed, float32(math.Sin(float64(len(w)*7+k*3))*0.5))
			tok.Hidden = append(tok.Hidden, float32(math.Sin(float64(at+k*5))*0.6))
		}
		t.Tokens = append(t.Tokens, tok)
		at = end
	}
	t.Probability = 1 / (1 + math.Exp(-logit))
	t.Label = "positive"
	if t.Probability < 0.5 {
		t.Label = "negative"
	}
	return t
}

// world is a State and the requests it made, each answered as the worker would.
type world struct {
	State
	did []Do
}

func newWorld(l words.Lang) *world {
	w := &world{State: NewState(l)}
	w.see(Woken{})
	return w
}

// allSeen: every cell of either room is in sight.
var allSeen = Seen{[]string{"bear", "real", "before", "left", "error", "bytes", "report", "map", "two", "engines", "flips", "machine"}}

// see applies what happened, and answers what is asked.
func (w *world) see(messages ...Msg) {
	for _, m := range messages {
		s, commands := w.State.Next(m)
		w.State = s
		for _, c := range commands {
			switch c := c.(type) {
			case Do:
				w.did = append(w.did, c)
				if c.What == "watch" {
					w.see(allSeen)
				}
			case Send:
				if r, ok := w.answer(c); ok {
					w.see(r)
				}
			}
		}
	}
}

func (w *world) answer(s Send) (Reply, bool) {
	r := Reply{To: s}
	switch b := s.Body.(type) {
	case protocol.Hello:
		r.Body = body(protocol.Welcome{Device: "generic", Threads: 1, Go: "go1.26.8", Server: true, ServerCPU: "AMD EPYC", ServerData: []string{"imdb"},
			Storage: "best-effort", Used: 2_400_000, Quota: 2_000_000_000, Builtin: madeBuiltin(), Names: []string{"reviews", "mail", "names"}})
	case protocol.Describe:
		f := madeFacts()
		r.Body = body(protocol.Described{Spec: b.Spec, Facts: f})
	case protocol.Score:
		var traces []protocol.Trace
		for i, m := range b.Models {
			traces = append(traces, read(m, b.Text, 0.1-0.3*float64(i)))
		}
		r.Body = body(protocol.Scored{Seq: b.Seq, Text: b.Text, Traces: traces})
	case protocol.Train:
		id := b.Run
		if id == "" {
			id = "r1"
		}
		r.Body = body(protocol.Run{Run: id})
	case protocol.Compress:
		r.Body = body(protocol.Run{Run: b.Run})
	case protocol.Sensitivity:
		found := madeSensitivity()
		r.Body = body(protocol.Sensed{Run: b.Run, Over: true, Found: &found})
		if !b.Measure && w.Run.Stage == Fresh {
			r.Body = body(protocol.Sensed{Run: b.Run, Over: true, Seconds: 50.4, Cells: 96})
		}
	case protocol.Weights:
		r.Body = body(madeWeights())
	case protocol.Beside:
		var list []protocol.Reading
		for _, text := range b.Texts {
			both := protocol.Reading{Text: text, Left: read(b.Left, text, 0.1), Right: read(b.Right, text, -0.2), Parts: -1}
			for i := range both.Left.Tokens {
				both.Apart = append(both.Apart, 0.02+0.005*float64(i))
			}
			list = append(list, both)
		}
		r.Body = body(protocol.Besides{Seq: b.Seq, Left: b.Left, Right: b.Right, Readings: list})
	case protocol.Model:
		if s.Kind == protocol.KindCounted {
			r.Body = body(protocol.Counted{Model: b.Model, Test: measure(0.75)})
			break
		}
		if s.Kind != protocol.KindReality {
			return r, false
		}
		r.Body = body(spec.Reality{Original: spec.Timing{Q1: 0.40, MS: 0.42, Q3: 0.45, Batch: 0.21}, Pretend: spec.Timing{Q1: 0.41, MS: 0.43, Q3: 0.46, Batch: 0.21}, Real: spec.Timing{Q1: 0.16, MS: 0.17, Q3: 0.18, Batch: 0.1}, Texts: 3000, Agree: 3000})
	case protocol.Run:
		if s.Kind != protocol.KindOpen || w.Run.Done == nil {
			return r, false
		}
		r.Body = body(protocol.Opened{Summary: protocol.RunSummary{Run: b.Run, State: "done"}, Spec: w.Run.Spec, Facts: madeFacts(),
			Events: lines(append(history(w.Run.Spec, b.Run, 1124), *w.Run.Done)), Variants: madeVariants(b.Run)[:1]})
	default:
		return r, false
	}
	return r, true
}

func (w *world) events(events ...spec.Event) {
	for _, e := range events {
		w.see(Push{protocol.Envelope{Kind: protocol.KindRunEvent, Body: body(protocol.RunEvent{Run: w.Run.ID, Event: spec.Encode(e)})}})
	}
}

func (w *world) press(do string, arg ...string) {
	w.see(Press{do, strings.Join(arg, "")})
}

// madeSensitivity has the LSTM lose most, and 8 bits nothing that chance would not.
func madeSensitivity() spec.Sensitivity {
	s := spec.Sensitivity{Base: spec.Measure{Accuracy: 0.94, Texts: 1500}}
	m, _ := spec.Preset("reviews")
	steps, layers := spec.Sensitive(m.Model), spec.SensitiveLayers(false)
	for i, t := range steps[:len(steps)-1] { // but half rank
		for k, layer := range layers {
			lost := 0.0004 * float64(i*i) * []float64{2, 3, .1, .3, .2, 0, 1, 1.2, 1.5, .3, 0, 4}[k]
			cell := spec.SensitiveCell{Layer: layer, Technique: t, Lost: lost, Low: lost - 0.002, High: lost + 0.002, Bytes: 100_000}
			if _, err := spec.ParsePipeline(cell.Step()); err != nil {
				cell.Bytes = 0
			}
			s.Cells = append(s.Cells, cell)
		}
	}
	s.Cells[10].Why = "it has one row"
	s.Of = len(s.Cells)
	return s
}

// madeWeights is a matrix of which four fifths are pruned, and the rest rounded.
func madeWeights() spec.Weights {
	w := spec.Weights{Tensor: "lstm.weight_hh_l0", Tensors: []string{"embedding.weight", "lstm.weight_ih_l0", "lstm.weight_hh_l0", "linear.weight"}, Kind: "sparse int8", Rows: 4, Cols: 8, Gates: true, Same: true, Range: 1,
		Before: spec.Histogram{Weights: 32, Bins: make([]int, 61)}, After: spec.Histogram{Weights: 32, Zeros: 26, Bins: make([]int, 61)},
		Kept: []float64{0.18, 0.24, 0.31, 0.07}, MapRows: 4, Map: make([]byte, 32)}
	for i := range w.Before.Bins {
		w.Before.Bins[i] = 30 - max(i-30, 30-i)
	}
	w.After.Bins[10], w.After.Bins[50] = 3, 3
	w.Close = &spec.CloseUp{Row: 2, Scale: 0.0071, Most: 0.0035}
	for i := range 255 {
		w.Close.Grid = append(w.Close.Grid, 0.0071*float32(i-127))
	}
	for i := range 32 {
		g := w.Close.Grid[180+i]
		w.Close.Before, w.Close.After = append(w.Close.Before, g+0.003), append(w.Close.After, g)
	}
	return w
}

var madeRuns = []protocol.RunSummary{
	{Run: "r1", Name: "Film reviews · LSTM 32 → 32", Source: "reviews", Created: 1795572120, State: "done", Epoch: 4, Epochs: 4, Step: 1124, Steps: 1124, Accuracy: 0.941, FileBytes: 364_100, Variants: 4, Stored: 2_000_000, Curve: []float64{0.7, 0.5, 0.35, 0.28, 0.24, 0.2, 0.18, 0.17}},
	{Run: "r2", Name: "Mail · LSTM 64 → 64", Source: "mail", Created: 1795485720, State: "stopped", Epoch: 2, Epochs: 5, Step: 300, Steps: 740, Accuracy: 0.972, FileBytes: 2_700_000, Variants: 1, Curve: []float64{0.7, 0.3, 0.2, 0.12}},
	{Run: "r3", Name: "First names · LSTM 16 → 32", Source: "names", Created: 1795485720, State: "training", Owner: "elsewhere", Epoch: 1, Epochs: 5, Step: 30, Steps: 740, Accuracy: 0.812, FileBytes: 44_000, Curve: []float64{0.7, 0.6}},
}

// fixtures are all states of the page by name.
var fixtures = map[string]func(*world){
	"fresh": func(*world) {},
	"reading": func(w *world) {
		w.press("train")
		w.events(spec.Reading{Rows: 4210, Bytes: 310_000, Total: 700_000})
	},
	"training": func(w *world) { w.press("train"); w.events(history(w.Run.Spec, "r1", 640)...) },
	"paused": func(w *world) {
		w.press("train")
		w.events(history(w.Run.Spec, "r1", 640)...)
		w.events(spec.Paused{Step: 640})
	},
	"watching": func(w *world) {
		w.press("train")
		w.events(history(w.Run.Spec, "r1", 640)...)
		w.Run.Watching = true
	},
	"trained": trained,
	"compressing": func(w *world) {
		trained(w)
		w.press("compress")
		w.events(spec.Compressing{Stage: 1, Of: 3, Text: "finetune=1", Share: 0.4})
	},
	"compressed": compressed,
	"notice": func(w *world) {
		w.press("train")
		w.events(history(w.Run.Spec, "r1", 900)...)
		w.events(spec.Failed{Code: "not_finite", Step: 904, Tensor: "lstm.weight_hh_l0", Message: "loss is NaN", Rate: 0.0015, Kept: 846})
	},
	"own":   func(w *world) { w.press("own") },
	"paste": func(w *world) { w.press("own"); w.press("paste") },
	"own-problem": func(w *world) {
		w.press("own")
		w.see(Chosen{Handle: 1, Name: "reviews.csv", Bytes: 10})
		w.see(Reply{To: Send{Kind: protocol.KindImport}, Wrong: &protocol.Problem{Code: "data_one_label", Message: "4,000 rows, all “good”"}})
	},
	"history": func(w *world) {
		compressed(w)
		w.see(Push{protocol.Envelope{Kind: protocol.KindRunsChanged, Body: body(protocol.Runs{Runs: madeRuns, Used: 2_400_000, Quota: 2_000_000_000})}})
		w.press("delete", "r2")
		w.press("history")
	},
	"native-ask": func(w *world) {
		trained(w)
		w.see(Reply{To: Send{Kind: protocol.KindNative}, Body: body(protocol.NativeStarted{NeedsData: true, Bytes: 2_300_000})})
	},
	"native": func(w *world) {
		trained(w)
		w.see(Reply{To: Send{Kind: protocol.KindNative}, Body: body(protocol.NativeStarted{Run: "n1"})})
		for _, e := range history(w.Run.Spec, "n1", 700) {
			w.see(Push{protocol.Envelope{Kind: protocol.KindNativeEvent, Body: body(protocol.NativeEvent{Run: "n1", Event: spec.Encode(e)})}})
		}
	},
	"wrong-setting": func(w *world) {
		w.see(Edit{"train.epochs", "many"}, Edit{"tokenizer.vocabulary", "1"}, Edit{"plan.0", "120 %"})
	},
	"refused": func(w *world) {
		w.see(Push{protocol.Envelope{Kind: protocol.KindNotice, Body: body(protocol.Problem{Code: "storage_refused"})}})
		w.see(Push{protocol.Envelope{Kind: protocol.KindNotice, Body: body(protocol.Problem{Code: "no_server"})}})
	},
	"long": func(w *world) {
		w.see(Said{"Not the masterpiece they promised, but I laughed all the way home and lovely it was for all, a shame I could not stay for the second one they promised."})
		w.see(PointAt{20})
	},
	"many-labels": func(w *world) {
		s, _ := spec.Preset("mail")
		s.Data = spec.Data{Source: "file", SHA256: "ab12", Validation: 0.1, Label: "coarse"}
		f := madeFacts()
		f.Labels, f.LabelShare, f.Synthetic = []string{"ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM"}, []float64{0.02, 0.21, 0.23, 0.22, 0.16, 0.16}, false
		f.Samples = []spec.Sample{{Label: "LOC", Text: "Where is the Orinoco?"}, {Label: "NUM", Text: "When was Christ born?"}}
		w.see(Reply{To: Send{Kind: protocol.KindOpen}, Body: body(protocol.Opened{Summary: protocol.RunSummary{Run: "r6", State: "done"}, Spec: s, Facts: f, Variants: madeVariants("r6")})})
	},
	"room": func(w *world) { compressed(w); w.press("room", "compress") },
	"room-timed": func(w *world) {
		compressed(w)
		w.press("room", "compress")
		w.press("time")
		w.press("pretend", "true")
	},
	"compare-fresh": func(w *world) { w.press("room", "compare") },
	"compare-room":  func(w *world) { compressed(w); w.press("room", "compare") },
	"compare-filtered": func(w *world) {
		compressed(w)
		w.press("room", "compare")
		w.press("look", "without=pruned")
		w.press("look", "way=wrong")
		w.press("look", "q=cast")
		w.press("look", "file=120 KB")
	},
	"compare-native": func(w *world) {
		compressed(w)
		w.press("room", "compare")
		w.see(Reply{To: Send{Kind: protocol.KindNative}, Body: body(protocol.NativeStarted{Run: "n1"})})
		epochs := []spec.Event{spec.Epoch{Epoch: 1, Step: 281, Seconds: 4, Validation: spec.Measure{Loss: 0.4}}, spec.Epoch{Epoch: 2, Step: 562, Seconds: 8, Validation: spec.Measure{Loss: 0.2}}}
		w.events(epochs...)
		for _, e := range append(append(history(w.Run.Spec, "n1", 1124), epochs...), *w.Run.Done) {
			w.see(Push{protocol.Envelope{Kind: protocol.KindNativeEvent, Body: body(protocol.NativeEvent{Run: "n1", Event: spec.Encode(e)})}})
		}
	},
	"room-fresh": func(w *world) { w.press("room", "compress") },
	"room-wrong": func(w *world) {
		compressed(w)
		w.press("room", "compress")
		w.press("move", "2,0")
		w.see(Edit{"plan.0.gradual", "many"}, Edit{"compress", "huffman,prune=0.5"})
	},
	"crashed": func(w *world) { trained(w); w.see(Crashed{Why: "panic: out of memory"}) },
	"dead":    func(w *world) { trained(w); w.see(Crashed{Why: "HTTP status code is not ok", Final: true}) },
	"busy": func(w *world) {
		w.press("train")
		w.see(Reply{To: Send{Kind: protocol.KindTrain}, Wrong: &protocol.Problem{Code: "busy", Args: []string{"r7"}}})
	},
	"linked": func(w *world) {
		*w = *arrive(w.Lang, "?v=1&spec=mail&seed=7&arithmetic-version=1&weights="+bits)
	},
	"link-refused": func(w *world) { *w = *arrive(w.Lang, "?v=1&model.hidden=-64") },
	"link-same": func(w *world) {
		*w = *arrive(w.Lang, "?v=1&spec=reviews&arithmetic-version=1&weights="+bits)
		w.ran(bits)
	},
	"link-alarm": func(w *world) {
		*w = *arrive(w.Lang, "?v=1&spec=reviews&arithmetic-version=1&weights="+others)
		w.ran(bits)
	},
	"guest": func(w *world) {
		*w = *arrive(w.Lang, "#model=AQID")
		w.see(Reply{To: Send{Kind: protocol.KindGuest}, Body: body(guestOf(w))})
	},
	"guest-wrong": func(w *world) {
		*w = *arrive(w.Lang, "#model=AQID")
		w.see(Reply{To: Send{Kind: protocol.KindGuest}, Wrong: &protocol.Problem{Code: "model_corrupt", Message: "its header ends too early"}})
	},
	"share": func(w *world) {
		compressed(w)
		w.Share.Base = "https://clove.example/"
		w.press("share", "true")
		w.see(Reply{To: Send{Kind: protocol.KindShare}, Body: body(protocol.Shared{Model: "r1/p", Text: "model=" + strings.Repeat("A", 54_000)})})
		w.press("copied", "link")
	},
	"share-fresh": func(w *world) { w.press("share", "true") },
	"first":       nil, // before the program: see FirstSight
}

func trained(w *world) {
	w.press("train")
	w.events(history(w.Run.Spec, "r1", 1124)...)
	w.events(spec.Done{Test: measure(0.941), SHA256: "3f9a71c2e08d55aa", FileBytes: 364_100, Seconds: 41, Step: 1124, BestEpoch: 4})
}

func compressed(w *world) {
	trained(w)
	w.press("compress")
	for _, v := range madeVariants("r1")[1:] {
		w.Run.Stage = Compressing
		w.events(spec.Compressed{Variant: v})
	}
}

// fixture is a state of the page.
func fixture(name string, l words.Lang) State {
	if fixtures[name] == nil {
		return NewState(l)
	}
	w := newWorld(l)
	fixtures[name](w)
	return w.State
}

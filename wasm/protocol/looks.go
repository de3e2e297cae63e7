package protocol

import "github.com/clove-ml/clove/engine/run/spec"

// What the cells of the rooms Compress and Compare ask for. What measures for seconds
// (KindSensitivity with Measure, KindReality) is a job like any other, under MeasureRun:
// Control cancels it, a training or compression that begins ends it, and while one is in
// progress the answer is the problem "busy".
const (
	KindSensitivity = "sensitivity" // Sensitivity → Sensed: what is known; with Measure, then pushes Sensed
	KindReality     = "reality"     // Model → spec.Reality, measured first: some seconds
	KindWeights     = "weights"     // Weights → spec.Weights
	KindBeside      = "beside"      // Beside → Besides
	KindCounted     = "counted"     // Model → Counted

	KindSensed = "sensed" // push: Sensed, cell by cell; ends with Over
)

// MeasureRun stands in place of a run's id for what measures a variant.
const MeasureRun = "measure"

// Pretending names, wherever a Score or Beside names a model, the same model with its
// weights decoded to float32.
func Pretending(model string) string { return model + pretend }

const pretend = "#pretend"

// Pretended is the model that a name means, and whether it pretends.
func Pretended(name string) (model string, pretends bool) {
	if n := len(name) - len(pretend); n > 0 && name[n:] == pretend {
		return name[:n], true
	}
	return name, false
}

// Sensitivity asks what each technique costs each layer of a run's original.
type Sensitivity struct {
	Run     string   `json:"run"`
	Steps   []string `json:"steps,omitempty"` // nil: spec.Sensitive of its model
	Measure bool     `json:"measure"`         // begin; else tell what is known, or how long it will take
}

// Sensed is what is known of it.
type Sensed struct {
	Run     string            `json:"run"`
	Found   *spec.Sensitivity `json:"found,omitempty"`   // whole or, while it is measured, in part; nil nothing
	Over    bool              `json:"over"`              // nothing is under way: all is found, or nothing was begun, or it ended before its end
	Seconds float64           `json:"seconds,omitempty"` // that measuring takes, about; 0 unknown, or all is found
	Cells   int               `json:"cells,omitempty"`   // that there are to measure
	Problem *Problem          `json:"problem,omitempty"` // why it ended before its end
}

// Weights asks for a matrix of a variant beside its original's.
type Weights struct {
	Model  string `json:"model"`
	Tensor string `json:"tensor,omitempty"` // "": the LSTM's recurrent weights, of a bag the embedding
	Row    int    `json:"row"`              // of the close-up; −1 the one in which rounding was worst
}

// Counted is how far one comes by counting words, without a net.
type Counted struct {
	Model string       `json:"model"` // on whose texts, by whose words
	Test  spec.Measure `json:"test"`  // of no texts where that can't be known now
}

// Beside asks two models to read the same texts.
type Beside struct {
	Seq   int      `json:"seq"` // counts up; an answer to an old one is dropped
	Left  string   `json:"left"`
	Right string   `json:"right"`
	Texts []string `json:"texts"` // a sentence, or the rows of a list
}

// Besides are the readings, in the order asked.
type Besides struct {
	Seq      int       `json:"seq"`
	Left     string    `json:"left"`
	Right    string    `json:"right"`
	Readings []Reading `json:"readings"`
}

// Reading of a text by two models. Their scores so far are in the Traces' tokens.
type Reading struct {
	Text  string `json:"text"`
	Left  Trace  `json:"left"`
	Right Trace  `json:"right"`
	// Apart is how far the states are from each other after each token, of the left one's
	// length: the error of the state, where the left one is the original. 0 of a token that
	// is cut; nil where the two have states of other widths or read other tokens, or one is a student
	// of which no unit is the other's.
	Apart []float64 `json:"apart,omitempty"`
	// Parts is the first token after which they are further apart than infer.Parted, 5 %;
	// of states that can't be compared, the first after which the scores differ by as much. −1: none.
	Parts int `json:"parts"`
}

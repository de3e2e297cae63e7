package spec

import (
	"strconv"
	"strings"
)

// What can be seen of a variant beside its original, measured when it is asked for.

// Sensitivity is what each technique costs each layer alone, all else left as it is.
type Sensitivity struct {
	Base  Measure         `json:"base"` // of the model as it is, on validation
	Of    int             `json:"of"`   // cells there will be; Cells are those that are done
	Cells []SensitiveCell `json:"cells"`
}

// SensitiveCell is one technique on one layer.
type SensitiveCell struct {
	Layer     string  `json:"layer"`     // of SensitiveLayers
	Technique string  `json:"technique"` // a step: "quantize=int4"
	Accuracy  float64 `json:"accuracy"`
	Lost      float64 `json:"lost"` // of Base's accuracy
	Low       float64 `json:"low"`  // 95 % interval of Lost, of matched pairs (Versus)
	High      float64 `json:"high"`
	Bytes     int     `json:"bytes,omitempty"` // of the file it would be; 0: a gate can't be stored so alone
	Why       string  `json:"why,omitempty"`   // it can't be done to this layer; nothing else is told then
}

// PartAll stands for all layers at once.
const PartAll = "all"

// Chance says that so little lost, or won, comes by chance.
func (c SensitiveCell) Chance() bool { return c.Low <= 0 && c.High >= 0 }

// SensitiveLayers are the rows of the picture: each layer of a kind of model, the LSTM also
// by matrix and gate ("lstm/recurrent/g"), and PartAll.
func SensitiveLayers(bag bool) []string {
	list := []string{PartEmbedding}
	if !bag {
		list = append(list, PartLSTM)
		for _, m := range matrix.Words {
			for _, g := range Gates {
				list = append(list, PartLSTM+"/"+m+"/"+g)
			}
		}
	}
	return append(list, PartLinear, PartAll)
}

// Gate is the matrix and gate that the cell is of, of a layer none.
func (c SensitiveCell) Gate() (matrix, gate string, ok bool) {
	_, of, ok := strings.Cut(c.Layer, "/")
	matrix, gate, _ = strings.Cut(of, "/")
	return matrix, gate, ok
}

// Step is what the cell would add to a pipeline, which not every technique can of a gate.
func (c SensitiveCell) Step() string {
	if c.Layer == PartAll {
		return c.Technique
	}
	return c.Technique + "/" + c.Layer
}

// Sensitive are the techniques that a picture of sensitivity shows of such a model: none of
// them trains. 2 bits and 1 are a codebook of four values and of two, half rank is half of
// the singular values of the LSTM's matrices or of the embedding, whichever has fewer.
func Sensitive(m Model) []string {
	least := m.Embedding
	if m.Kind != "bag" {
		least = min(least, m.Hidden)
	}
	return []string{"quantize=int8", "quantize=int4/group32/mse", "cluster=2", "cluster=1",
		"prune=0.5", "prune=0.8", "prune=0.95", "rank=" + strconv.Itoa(max(1, least/2))}
}

// Reality is a variant as it is stored beside its twin that pretends, its weights decoded
// to float32, and the original: the three asked the same texts in turns.
type Reality struct {
	Original Timing  `json:"original"`
	Pretend  Timing  `json:"pretend"`
	Real     Timing  `json:"real"`
	Texts    int     `json:"texts"` // on which the real one's answers and its twin's were compared
	Agree    int     `json:"agree"` // that are the same
	Most     float64 `json:"most"`  // difference of a probability
	Where    string  `json:"where"` // the device that measured
}

// Timing of answers, in milliseconds.
type Timing struct {
	Q1    float64 `json:"q1"` // of one text at a time
	MS    float64 `json:"ms"` // the median
	Q3    float64 `json:"q3"`
	Batch float64 `json:"batch"` // a text, of 32 read at once; the median
}

// Weights is a matrix of a variant beside the original's.
type Weights struct {
	Tensor  string   `json:"tensor"`  // lstm.weight_hh_l0 …
	Tensors []string `json:"tensors"` // all that can be looked at, as data flows
	Kind    string   `json:"kind"`    // how it is stored: "sparse int8"
	Rows    int      `json:"rows"`
	Cols    int      `json:"cols"`
	Gates   bool     `json:"gates,omitempty"` // its rows are four gates: i f g o, a quarter each
	Same    bool     `json:"same,omitempty"`  // the original's has the same shape and the variant is no student, so each weight has one before it

	// Bins of one width from −Range to Range, the middle one around 0. Exact zeros are in
	// none; what lies beyond is in the outermost.
	Range  float64   `json:"range"`
	Before Histogram `json:"before"`
	After  Histogram `json:"after"`

	Close *CloseUp  `json:"close,omitempty"` // nil where nothing is rounded
	Kept  []float64 `json:"kept"`            // share that is not 0, of each gate or of the whole

	// Map has a byte a weight, row by row, of the first MapRows rows: 0 is pruned; the
	// others are 5 and the step of its tint, 1 to 9, as weights are tinted.
	MapRows int    `json:"map_rows"`
	Map     []byte `json:"map"`
}

// Histogram of a matrix.
type Histogram struct {
	Weights int   `json:"weights"`
	Zeros   int   `json:"zeros"`
	Bins    []int `json:"bins"`
}

// CloseUp is the weights of a row that share a scale, before and after rounding.
type CloseUp struct {
	Row    int       `json:"row"`
	From   int       `json:"from"` // its first column
	Before []float32 `json:"before"`
	After  []float32 `json:"after"`
	Scale  float64   `json:"scale,omitempty"` // of whole numbers, with their zero point; 0 where Grid is of another kind
	Zero   int       `json:"zero,omitempty"`
	Grid   []float32 `json:"grid"` // all values that a weight here can have, ascending
	Most   float64   `json:"most"` // |after − before|
}

// Package nn holds the layers, each in one file with Forward beside Backward,
// and Net, which joins them: Embedding → LSTM or Bag → Dropout → Linear → loss.
//
// A batch is cut into contiguous row shards. A Shard owns its activations and
// its gradients, so shards run side by side; Net.Reduce adds their gradients in
// order. The numbers do not depend on how many of them run at once.
//
// B rows, T steps, N slots (tokens of a shard), V vocabulary, E embedding,
// H hidden units, K outputs.
package nn

import (
	"math"

	"github.com/clove-ml/clove/engine/tensor"
)

// Config of a Net.
type Config struct {
	Kind       string // Recurrent or Pooled: what makes a text of its tokens
	Vocabulary int    // V
	Embedding  int    // E
	Hidden     int    // H, of an LSTM
	Outputs    int    // K: 1 for two labels (class 1 is the second), else the number of labels

	ForgetBias       float32 // added to the forget gate's bias_ih at the start
	EmbeddingScale   float32 // standard deviation of the embedding's initial values
	EmbeddingDropout float32 // share of embedding dimensions dropped, one mask a sequence
	Dropout          float32 // share of the last state dropped
	Seed             uint64
}

// Kinds of a Net, by their names in a Spec.
const (
	Recurrent = "lstm" // the state of an LSTM at a text's last token
	Pooled    = "bag"  // the mean of its tokens' embeddings
)

// width of what stands for a text.
func (c Config) width() int {
	if c.Kind == Pooled {
		return c.Embedding
	}
	return c.Hidden
}

// Param is a named parameter.
type Param struct {
	Name  string
	Shape []int
	W     tensor.Buffer // what the layers read

	Fine     tensor.Buffer // what W is rounded from; nil where it is not (rounding.go)
	pass     tensor.Buffer // 1 where the gradient of W is Fine's, else 0
	rounding Rounding
}

// Learned is what an optimiser changes.
func (p *Param) Learned() tensor.Buffer {
	if p.Fine != nil {
		return p.Fine
	}
	return p.W
}

// Len is the number of its weights.
func (p *Param) Len() int {
	n := 1
	for _, d := range p.Shape {
		n *= d
	}
	return n
}

// Grad is the gradient of the Param of that name.
type Grad struct {
	Name string
	Len  int // elements of G in use
	G    tensor.Buffer
	// Of an embedding, G [len(Rows), Width] holds only the rows of tokens that
	// the batch has, ascending; all others are 0. Of any other parameter Sparse
	// is false and G has the parameter's shape.
	Sparse bool
	Rows   []int32
	Width  int
}

// Net is the parameters of a model, and the gradients of a batch.
type Net struct {
	dev    tensor.Device
	cfg    Config
	params []*Param // by name
	grads  []Grad   // the same order

	seen []uint64 // [V/64] bit set of tokens in the batch
	slot []int32  // [V] row of a token in the embedding's gradient
	ids  []int32  // of a shard's tokens, in that gradient

	count []int32 // 0, 1, …
	stale []bool  // rows of a rounded embedding that changed since they were rounded
	due   []int32 // of those, the ones asked for
}

// Order of the parameters, by name. A bag has the first three.
const (
	embeddingWeight = iota
	linearBias
	linearWeight
	lstmBiasHH
	lstmBiasIH
	lstmWeightHH
	lstmWeightIH
	paramCount
)

// New makes a net with initial values as PyTorch draws them: LSTM and Linear
// uniform in ±1/√H (Linear of a bag in ±1/√E), the embedding normal times
// EmbeddingScale, its row 0 zero.
func New(dev tensor.Device, cfg Config) *Net {
	n := Blank(dev, cfg)
	n.initialize()
	return n
}

// Blank is New with all weights zero, for those that come from elsewhere.
func Blank(dev tensor.Device, cfg Config) *Net {
	V, E, H, K := cfg.Vocabulary, cfg.Embedding, cfg.Hidden, cfg.Outputs
	n := &Net{dev: dev, cfg: cfg, seen: make([]uint64, (V+63)/64), slot: make([]int32, V)}
	all := [paramCount]Param{
		embeddingWeight: {Name: "embedding.weight", Shape: []int{V, E}},
		linearBias:      {Name: "linear.bias", Shape: []int{K}},
		linearWeight:    {Name: "linear.weight", Shape: []int{K, cfg.width()}},
		lstmBiasHH:      {Name: "lstm.bias_hh_l0", Shape: []int{4 * H}},
		lstmBiasIH:      {Name: "lstm.bias_ih_l0", Shape: []int{4 * H}},
		lstmWeightHH:    {Name: "lstm.weight_hh_l0", Shape: []int{4 * H, H}},
		lstmWeightIH:    {Name: "lstm.weight_ih_l0", Shape: []int{4 * H, E}},
	}
	count := paramCount
	if cfg.Kind == Pooled {
		count = linearWeight + 1
	}
	for _, p := range all[:count] {
		p.W = dev.Alloc(p.Len())
		n.params = append(n.params, &p)
	}
	return n
}

func (n *Net) initialize() {
	bound := float32(1 / math.Sqrt(float64(n.cfg.width())))
	for i, p := range n.params {
		w := make([]float32, p.Len())
		switch i {
		case embeddingWeight:
			tensor.Normal(tensor.Draw{Seed: n.cfg.Seed, Stream: tensor.StreamEmbedding}, n.cfg.EmbeddingScale, w)
			clear(w[:n.cfg.Embedding])
		case linearBias, linearWeight:
			tensor.Uniform(tensor.Draw{Seed: n.cfg.Seed, Stream: tensor.StreamLinear, Step: uint32(i)}, -bound, bound, w)
		default:
			tensor.Uniform(tensor.Draw{Seed: n.cfg.Seed, Stream: tensor.StreamLSTM, Step: uint32(i)}, -bound, bound, w)
		}
		if i == lstmBiasIH {
			for j := n.cfg.Hidden; j < 2*n.cfg.Hidden; j++ {
				w[j] += n.cfg.ForgetBias
			}
		}
		n.dev.Upload(p.W, w)
	}
}

// Config is what New was given.
func (n *Net) Config() Config { return n.cfg }

// Device is the one that holds the parameters.
func (n *Net) Device() tensor.Device { return n.dev }

// Params are the parameters in order of their names.
func (n *Net) Params() []*Param { return n.params }

// Param is the one of that name, nil if there is none.
func (n *Net) Param(name string) *Param {
	for _, p := range n.params {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// Grads are the gradients that Reduce made, in the order of Params. The slice
// stays the same; its contents are those of the latest Reduce.
func (n *Net) Grads() []Grad {
	n.makeGrads(0)
	return n.grads
}

// makeGrads allocates the gradients once, the embedding's for at least so many tokens.
func (n *Net) makeGrads(tokens int) {
	if n.grads == nil {
		n.grads = make([]Grad, len(n.params))
		for i, p := range n.params {
			g := &n.grads[i]
			*g = Grad{Name: p.Name, Len: p.Len()}
			if i == embeddingWeight {
				g.Sparse, g.Width, g.Len = true, n.cfg.Embedding, 0
				g.G = n.dev.Alloc(0)
				continue
			}
			g.G = n.dev.Alloc(g.Len)
		}
	}
	if tokens > n.cfg.Vocabulary {
		tokens = n.cfg.Vocabulary
	}
	if g := &n.grads[embeddingWeight]; tokens > cap(g.Rows) {
		g.G = n.dev.Alloc(tokens * g.Width)
		g.Rows = make([]int32, 0, tokens)
	}
}

// NonFinite looks at gradients, then parameters, and names the first that holds
// a NaN or an infinity; ok where none does.
func (n *Net) NonFinite() (name string, ok bool) {
	for i := range n.grads {
		if g := &n.grads[i]; !n.dev.Finite(g.Len, g.G) {
			return "gradient of " + g.Name, false
		}
	}
	for _, p := range n.params {
		if !n.dev.Finite(p.Len(), p.Learned()) {
			return p.Name, false
		}
	}
	return "", true
}

package nn

import (
	"fmt"
	"math/bits"

	"github.com/clove-ml/clove/engine/tensor"
)

// Batch is texts as token ids: a whole batch, or the rows of one shard of it.
type Batch struct {
	B, T    int
	IDs     []int32   // [B, T], padded with 0 at the end
	Lengths []int32   // [B], each 0 to T
	Targets []int32   // [B] classes; nil where only Soft or no loss is wanted
	Soft    []float32 // [B, K] soft targets instead of Targets' own; nil for none. For K = 1, the probability of class 1

	Teacher []float32 // [B, K] a teacher's logits, to learn from beside the targets; nil for none
	Distil  Distil

	// FirstRow is the row of the whole batch at which this shard begins, Step
	// the optimiser's: dropout draws depend on these, not on the cut.
	FirstRow int
	Step     uint64
}

// Shards is into how many row shards a batch is cut: a part of the arithmetic's
// definition, not a number of threads.
const Shards = 4

// Shard is the activations of some rows of a batch. It belongs to one goroutine at
// a time.
type Shard struct {
	net            *Net
	maxRows, maxT  int
	embedding      *Embedding
	embeddingDrops *Dropout // on [N, E], one mask a sequence
	lstm           *LSTM    // or
	bag            *Bag     // of a net of that kind
	drops          *Dropout // on [B, H]
	linear         *Linear
	loss           *Loss

	packed  *tensor.Packed
	order   []int32 // [B] rows, longest first, ties as they come
	rank    []int32 // [B] the place of each row in order
	lengths []int32 // [B] in that order
	ids     []int32 // [N] by slot
	ranks   []int32 // [N] rank of the row that each slot belongs to
	numbers []int32 // [B] rows of the whole batch, as they come
	ordered []int32 // [B] the same in order

	hidden  tensor.Buffer // [B, H] what stands for each text (H: E of a bag), rows as they come
	dhidden tensor.Buffer
	trained bool // the last Forward was with dropout
}

// NewShard has room for maxRows texts of up to maxT tokens. Nothing is
// allocated by its methods afterwards.
func (n *Net) NewShard(maxRows, maxT int) *Shard {
	dev, c := n.dev, n.cfg
	slots, width := maxRows*maxT, c.width()
	s := &Shard{
		net: n, maxRows: maxRows, maxT: maxT,
		packed: tensor.NewPacked(maxRows, maxT),
		order:  make([]int32, maxRows), rank: make([]int32, maxRows), lengths: make([]int32, maxRows),
		ids: make([]int32, slots), ranks: make([]int32, slots),
		numbers: make([]int32, maxRows), ordered: make([]int32, maxRows),
		hidden: dev.Alloc(maxRows * width), dhidden: dev.Alloc(maxRows * width),
	}
	w := func(i int) tensor.Buffer { return n.params[i].W }
	s.embedding = NewEmbedding(dev, c.Vocabulary, c.Embedding, slots, w(embeddingWeight))
	s.embeddingDrops = NewDropout(dev, c.Embedding, maxRows, c.EmbeddingDropout, c.Seed, tensor.StreamEmbeddingDropout)
	if c.Kind == Pooled {
		s.bag = NewBag(dev, c.Embedding, maxRows, slots)
	} else {
		s.lstm = NewLSTM(dev, c.Embedding, c.Hidden, maxRows, slots,
			w(lstmWeightIH), w(lstmWeightHH), w(lstmBiasIH), w(lstmBiasHH))
	}
	s.drops = NewDropout(dev, width, maxRows, c.Dropout, c.Seed, tensor.StreamDropout)
	s.linear = NewLinear(dev, width, c.Outputs, maxRows, w(linearWeight), w(linearBias))
	s.loss = NewLoss(dev, c.Outputs, maxRows)
	return s
}

// Forward computes the logits [B, K]; with dropout where train is set. They
// stay valid until the next Forward.
func (s *Shard) Forward(b Batch, train bool) tensor.Buffer {
	s.lay(b)
	x := s.embedding.Forward(s.ids[:s.packed.Slots])
	if s.trained = train; train {
		s.embeddingDrops.Draw(s.ordered[:b.B], b.Step)
		s.embeddingDrops.Rows(s.ranks[:s.packed.Slots], x)
	}
	var pooled tensor.Buffer // rows longest first
	if s.bag != nil {
		pooled = s.bag.Forward(s.ranks[:s.packed.Slots], s.lengths[:b.B], x)
	} else {
		pooled = s.lstm.Forward(s.packed, x)
	}
	s.net.dev.Gather(s.net.cfg.width(), s.rank[:b.B], pooled, s.hidden)
	if train {
		s.drops.Draw(s.numbers[:b.B], b.Step)
		s.drops.All(b.B, s.hidden)
	}
	return s.linear.Forward(b.B, s.hidden)
}

// lay checks the batch's shape and lays its tokens out by slot.
func (s *Shard) lay(b Batch) {
	if b.B > s.maxRows || b.T > s.maxT || len(b.IDs) < b.B*b.T || len(b.Lengths) < b.B {
		panic(fmt.Sprintf("nn: a batch [%d, %d] with %d ids and %d lengths for a shard of [%d, %d]",
			b.B, b.T, len(b.IDs), len(b.Lengths), s.maxRows, s.maxT))
	}
	order := s.order[:b.B]
	for i := range order { // insertion sort: stable, few rows, often in order already
		j := i
		for ; j > 0 && b.Lengths[order[j-1]] < b.Lengths[i]; j-- {
			order[j] = order[j-1]
		}
		order[j] = int32(i)
	}
	for i, r := range order {
		s.rank[r] = int32(i)
		s.lengths[i] = b.Lengths[r]
		s.numbers[i] = int32(b.FirstRow + i)
		s.ordered[i] = int32(b.FirstRow) + r
	}
	s.packed.Set(s.lengths[:b.B])
	for t := range s.packed.Steps {
		for i := range int(s.packed.Active[t]) {
			slot := s.packed.Slot(t, i)
			s.ids[slot] = b.IDs[int(order[i])*b.T+t]
			s.ranks[slot] = int32(i)
		}
	}
}

// Loss of the last Forward: the sum over its rows, and how many have the right
// label (0 without Targets). It leaves the gradient of the mean over batchRows
// rows for Backward.
func (s *Shard) Loss(b Batch, batchRows int) (sum float64, correct int) {
	return s.loss.Forward(b, s.linear.Out, batchRows)
}

// Tally is Loss on a card, which nobody waits for: what Loss would return comes to be
// out[0] and out[1].
func (s *Shard) Tally(card tensor.Card, b Batch, batchRows int, out tensor.Buffer) {
	s.loss.tally(card, b, s.linear.Out, batchRows, out)
}

// Backward computes the gradients of the last Loss.
func (s *Shard) Backward(b Batch, p *Partial) {
	s.linear.Backward(b.B, s.hidden, s.loss.DLogits, s.dhidden, p.of[linearWeight], p.of[linearBias])
	if s.trained {
		s.drops.All(b.B, s.dhidden)
	}
	dx := s.backwardPool(b, p)
	if s.trained {
		s.embeddingDrops.Rows(s.ranks[:s.packed.Slots], dx)
	}
	s.embedding.Backward(s.ids[:s.packed.Slots], dx, p)
}

// backwardPool gives the gradient of each slot's embedding [N, E].
func (s *Shard) backwardPool(b Batch, p *Partial) tensor.Buffer {
	order, width := s.order[:b.B], s.net.cfg.width()
	if s.bag != nil {
		s.net.dev.Gather(width, order, s.dhidden, s.bag.DMean)
		return s.bag.Backward(s.ranks[:s.packed.Slots])
	}
	s.net.dev.Gather(width, order, s.dhidden, s.lstm.DLast)
	return s.lstm.Backward(p.of[lstmWeightIH], p.of[lstmWeightHH], p.of[lstmBiasIH])
}

// Reduce adds the shards' gradients, in order, into Grads: 0 + p0 + p1 + ….
// Of the embedding only the rows of tokens that occur are touched.
func (n *Net) Reduce(parts []*Partial) {
	tokens := 0
	for _, p := range parts {
		tokens += len(p.Tokens)
	}
	n.makeGrads(tokens)
	for i := range n.grads {
		g := &n.grads[i]
		if i == embeddingWeight {
			n.reduceEmbedding(g, parts)
			continue
		}
		n.dev.Zero(g.Len, g.G)
		for _, p := range parts {
			n.dev.Add(g.Len, p.of[i], g.G)
		}
	}
}

func (n *Net) reduceEmbedding(g *Grad, parts []*Partial) {
	for _, p := range parts {
		for _, id := range p.Tokens {
			n.seen[id>>6] |= 1 << (id & 63)
		}
	}
	g.Rows = g.Rows[:0]
	for i, word := range n.seen {
		for ; word != 0; word &= word - 1 {
			id := int32(i<<6 + bits.TrailingZeros64(word))
			n.slot[id] = int32(len(g.Rows))
			g.Rows = append(g.Rows, id)
		}
		n.seen[i] = 0
	}
	g.Len = len(g.Rows) * g.Width
	n.dev.Zero(g.Len, g.G)
	for _, p := range parts {
		n.ids = n.ids[:0]
		for _, id := range p.Tokens {
			n.ids = append(n.ids, n.slot[id])
		}
		n.dev.EmbeddingScatterAdd(g.Width, n.ids, p.DRows, g.G)
	}
}

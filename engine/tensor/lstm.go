package tensor

// Packed says how sequences of different lengths lie in memory without padding,
// as PyTorch's packed sequences do. The rows are in order of length, longest
// first; at step t the first Active[t] of them are still running. Each has one
// slot for each of its tokens:
//
//	slot(t, row) = First[t] + row
//
// A row of no tokens has no slot: its state is 0 and it learns nothing. (PyTorch's
// pack_padded_sequence refuses such a row. Clove's encoder makes none either: a
// text without a token is one <unk>.)
//
// Time runs backward through memory: the last step's slots come first. One
// Gemm over all slots in ascending order thus adds weight gradients over t
// descending, then row ascending, which is the order that Strict demands.
type Packed struct {
	Rows   int     // B
	Steps  int     // T, the longest length
	Slots  int     // N, the sum of the lengths
	Active []int32 // [T]
	First  []int32 // [T]
}

// NewPacked has room for rows × steps; Set then allocates nothing.
func NewPacked(rows, steps int) *Packed {
	return &Packed{Active: make([]int32, 0, steps), First: make([]int32, 0, steps)}
}

// Set lays out sequences of these lengths, which must be descending.
func (p *Packed) Set(lengths []int32) {
	p.Rows, p.Steps, p.Slots = len(lengths), 0, 0
	p.Active, p.First = p.Active[:0], p.First[:0]
	if len(lengths) == 0 {
		return
	}
	for i, n := range lengths {
		if n < 0 || i > 0 && n > lengths[i-1] {
			panic("tensor: Packed wants lengths in descending order, none below 0")
		}
	}
	p.Steps = int(lengths[0])
	row := len(lengths)
	for t := range p.Steps {
		for int(lengths[row-1]) <= t {
			row--
		}
		p.Active = append(p.Active, int32(row))
		p.First = append(p.First, 0)
	}
	for t := p.Steps - 1; t >= 0; t-- {
		p.First[t] = int32(p.Slots)
		p.Slots += int(p.Active[t])
	}
}

// Started is how many rows have a token at all: the first ones.
func (p *Packed) Started() int {
	if p.Steps == 0 {
		return 0
	}
	return int(p.Active[0])
}

// Slot of the token at step t of a row that is still running then.
func (p *Packed) Slot(t, row int) int { return int(p.First[t]) + row }

// LSTM is one layer over a batch of packed sequences, forward (Hochreiter &
// Schmidhuber 1997, https://www.bioinf.jku.at/publications/older/2604.pdf; forget
// gate, Gers et al. 2000). Gate order i, f, g, o and shapes are PyTorch's.
//
//	a = b_ih + b_hh + W_ih·x_t + W_hh·h_{t−1}     [4H], added in this order
//	i, f, o = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o);  g = tanh(a_g)
//	c_t = f·c_{t−1} + i·g
//	h_t = o·tanh(c_t)
//
// h and c start at 0. The state of a sequence is the one at its last token.
type LSTM struct {
	Packed *Packed
	E, H   int

	X                  Buffer // [N, E] read
	WeightIH, WeightHH Buffer // [4H, E], [4H, H] read
	BiasIH, BiasHH     Buffer // [4H] read

	// Written by forward, read by backward. The trace of a text is here as
	// well: h after step t is HPrev at step t+1, after its last step it is Last.
	Gates Buffer // [N, 4H] i, f, g, o; backward leaves the gradients of a here
	C     Buffer // [N, H] c_t
	TanhC Buffer // [N, H] tanh(c_t)
	HPrev Buffer // [N, H] h_{t−1}
	Last  Buffer // [B, H] h at each row's last token; 0 for a row of none

	// For LSTMRead of a Preparer alone, and nil elsewhere. Layout is what it made of the
	// weights. Table [V, 4H] is b_ih + b_hh + W_ih·x of every word of a vocabulary, and IDs
	// [N] the words: they stand for X, WeightIH and the biases.
	Layout any
	Table  Buffer
	IDs    []int32
}

// LSTMGrad is where backward reads the gradient of Last and writes all others
// (it does not add to what is there).
//
//	dc  += (dh·o)·(1−tanh²c)        da_o = (dh·tanh c)·(o·(1−o))
//	da_i = (dc·g)·(i·(1−i))         da_f = (dc·c_{t−1})·(f·(1−f))
//	da_g = (dc·i)·(1−g²)            dc   = dc·f
//	dh   = da·W_hh
//	dW_ih = Σ da·xᵀ   dW_hh = Σ da·h_{t−1}ᵀ   db = Σ da   dx = da·W_ih
//
// Sums over slots go in ascending order; the first step, which has no state
// before it, has no part in the products with W_hh.
//
// da, dh and dc are stored as +0 where |x| < 2⁻¹⁰⁰. The gradients of b_ih and
// b_hh are the same numbers and written once.
type LSTMGrad struct {
	Last               Buffer // [B, H] read
	X                  Buffer // [N, E] written
	WeightIH, WeightHH Buffer // [4H, E], [4H, H] written
	Bias               Buffer // [4H] written
	H, C               Buffer // [B, H] scratch: dh and dc on their way back
}

package tensor

// Card is an optional interface of devices that work behind their caller, as a graphics
// card does: a kernel is queued, and to wait for a number costs as much as many kernels.
// Whoever trains on one (engine/train) takes a batch as one shard, leaves loss, clipping
// and the test for finite numbers to the card, and reads what steps found later, some at once.
//
// Where the card fails in mid-work, each of its methods panics with a *Lost (lost.go).
type Card interface {
	Device

	// Tally sums up a batch of B rows with these classes and logits [B, K]:
	//
	//	out[0] = Σ losses[i]
	//	out[1] = how many rows have their largest logit at their class, as nn.Class says
	Tally(B, K int, classes []int32, logits, losses, out Buffer)
	// Update takes a step of Adam on all parameters at once, after clipping their
	// gradients by their common norm (0: not), as optim.ClipNorm does; G may change:
	//
	//	out[2] = √Σ g²
	//	g·min(1, bound/(out[2] + 1e-6)), then AdamStep
	//
	// Where out[0], out[2] or a gradient is not finite it sets halt[0] to 1; where halt[0]
	// is not 0 it changes nothing, nor does any step after. out[3] = halt[0].
	Update(s AdamStep, bound float32, params []Updated, out, halt Buffer)
	// Submit has all begin that was queued, without waiting.
	Submit()
	// Read copies x as it is after all that was queued, and submits that. wait blocks until
	// it is there. It must be called, once.
	Read(x Buffer) (wait func(dst []float32))
}

// Updated is a parameter in an Update: n weights w with their moments m and v, and the
// gradient g. Of an embedding g [len(Rows), Width] is that of some rows, ascending, all
// others are 0, as in AdamRows. Where Keep is not nil, w, m and v become 0 where it is 0.
type Updated struct {
	N          int
	G, W, M, V Buffer
	Sparse     bool
	Rows       []int32
	Width      int
	Keep       Buffer
}

// Copies of what buffers of d hold. From a card several come at once, since to wait for one
// takes about as long as for some.
func Copies(d Device, buffers []Buffer) [][]float32 {
	all := make([][]float32, len(buffers))
	for i, b := range buffers {
		all[i] = make([]float32, b.Len())
	}
	card, ok := d.(Card)
	if !ok {
		for i, b := range buffers {
			d.Download(all[i], b)
		}
		return all
	}
	const most = 1 << 20 // floats under way beside the first
	var waits []func(dst []float32)
	come, under := 0, 0
	for i, b := range buffers {
		for ; come < i && under+b.Len() > most; come++ {
			waits[come](all[come])
			under -= len(all[come])
		}
		waits = append(waits, card.Read(b))
		under += b.Len()
	}
	for ; come < len(buffers); come++ {
		waits[come](all[come])
	}
	return all
}

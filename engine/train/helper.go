package train

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/nn"
	"github.com/clove-ml/clove/engine/optim"
	"github.com/clove-ml/clove/engine/tensor"
)

// Helper is the far end of a Wire: a replica of somebody's trainer that computes the
// shards it is given, and takes every step with them. It knows no data, only the rows it
// is sent. The order of its work, for a step n that two share:
//
//	leader   … shards 0, 1 of n | their parcels, rows of n+1 → | Reduce, clip, Adam | shards 0, 1 of n+1 …
//	helper   … shards 2, 3 of n | ← their parcels              | Reduce, clip, Adam | shards 2, 3 of n+1 …
//
// So all that happens twice happens at the same time, and one word goes each way in a step.
type Helper struct {
	replica
	slots    Slots
	strict   tensor.Device
	joining  uint32
	about    string // the terms of the joining, as they came
	reply    writing
	parcel   []byte
	reader   *infer.Predictor
	answered []int // slots of the parcels that go with the reply
}

// NewHelper computes on dev.
func NewHelper(dev tensor.Device, s Slots) *Helper { return &Helper{slots: s, strict: dev} }

// terms of a joining: all that a replica must know before the weights.
type terms struct {
	Device    string
	Net       nn.Config
	Optimizer string
	Adam      optim.Config // without masks, which follow
	Masked    []string
	Clip      float64
	Batch     int
	Tokens    int // of the longest text
	Soft      bool
}

// Answer does what a word says and gives the reply, with the slots of the parcels that go
// with it; an empty one where there is nothing to say.
func (h *Helper) Answer(word []byte) (reply []byte, slots []int, err error) {
	r := reading{word}
	kind, joining := r.kind(), uint32(r.int())
	h.reply.b, h.answered = h.reply.b[:0], h.answered[:0]
	switch {
	case kind == wordJoin:
		h.joining = joining
		err = h.join(&r)
	case kind == wordModel:
		h.joining = joining
		err = h.have(&r)
	case joining != h.joining:
		err = fmt.Errorf("a word of joining %d to a helper of joining %d", joining, h.joining)
	case kind == wordStep:
		err = h.step(&r)
	case kind == wordLook:
		h.looks(&r)
	case kind == wordRead:
		err = h.read(&r)
	default:
		err = fmt.Errorf("there is no word of kind %d", kind)
	}
	return h.reply.b, h.answered, err
}

// join makes a replica of the leader's as it stands now.
func (h *Helper) join(r *reading) error {
	about := r.bytes()
	var t terms
	if err := json.Unmarshal(about, &t); err != nil {
		return fmt.Errorf("joining: %w", err)
	}
	masks := map[string][]bool{}
	for _, name := range t.Masked {
		kept := r.bytes()
		mask := make([]bool, len(kept))
		for i, k := range kept {
			mask[i] = k != 0
		}
		masks[name] = mask
	}
	if string(about) != h.about || len(masks) > 0 {
		h.about = string(about)
		dev := h.strict
		if dev.Name() != t.Device {
			dev, _ = tensor.FastOf(dev)
		}
		if dev.Name() != t.Device {
			return fmt.Errorf("joining: the leader computes on %s, which is not here", t.Device)
		}
		h.replica = replica{dev: dev, net: nn.Blank(dev, t.Net), clip: t.Clip}
		t.Adam.Masks = masks
		var err error
		if h.opt, err = optim.New(t.Optimizer, dev, h.net, t.Adam); err != nil {
			return fmt.Errorf("joining: %w", err)
		}
		h.makeRoom(t.Batch, t.Tokens, 1, t.Soft)
	}
	return h.load(r)
}

// load takes weights and moments, as introduce wrote them.
func (h *Helper) load(r *reading) error {
	s := optim.State{Step: r.int()}
	for _, p := range h.net.Params() {
		w, m, v := make([]float32, p.Len()), make([]float32, p.Len()), make([]float32, p.Len())
		for _, x := range [][]float32{w, m, v} {
			copy(tensor.Bytes(x), r.bytes())
		}
		h.dev.Upload(p.W, w)
		s.M, s.V = append(s.M, m), append(s.V, v)
	}
	return h.opt.SetState(s)
}

// introduce writes what a helper needs to join t as it stands: the terms, the masks, the
// weights and the moments.
func (t *Trainer) introduce(w *writing) {
	c := optim.Config{Beta1: t.spec.Train.Beta1, Beta2: t.spec.Train.Beta2, Epsilon: t.spec.Train.Epsilon}
	about := terms{
		Device: t.dev.Name(), Net: t.net.Config(), Optimizer: t.spec.Train.Optimizer, Adam: c, Masked: slices.Sorted(maps.Keys(t.masks)),
		Clip: t.clip, Batch: t.spec.Train.Batch, Tokens: t.longest, Soft: t.smooth.soft(),
	}
	b, err := json.Marshal(about)
	if err != nil {
		panic(err) // plain fields
	}
	w.bytes(b)
	for _, name := range about.Masked {
		mask := make([]byte, len(t.masks[name]))
		for i, kept := range t.masks[name] {
			if kept {
				mask[i] = 1
			}
		}
		w.bytes(mask)
	}
	s := t.opt.State()
	w.int(s.Step)
	for i, p := range t.net.Params() {
		w.bytes(tensor.Bytes(tensor.Values(t.dev, p.W, p.Len())))
		w.bytes(tensor.Bytes(s.M[i]))
		w.bytes(tensor.Bytes(s.V[i]))
	}
}

// step takes the step before, where there was one, and computes shards of the next.
func (h *Helper) step(r *reading) error {
	if before := r.int(); before >= 0 {
		rate := r.float()
		for i := range h.parts {
			n := r.int()
			if n == 0 {
				continue // computed here
			}
			h.parcel = h.slots.Take(slotOf(before, i), n, h.parcel[:0])
			if err := h.parts[i].Unpack(h.parcel); err != nil {
				return err
			}
		}
		h.apply(rate)
	}
	count := r.int()
	if count == 0 {
		return nil
	}
	step, batch := r.int(), r.int()
	h.reply.begin(wordDone, h.joining)
	h.reply.int(step)
	h.reply.int(count)
	for range count {
		i := r.int()
		r.lot(&h.lots[i])
		h.compute(0, i, batch)
		h.parcel = h.parts[i].Pack(h.parcel[:0])
		h.slots.Put(slotOf(step, i), h.parcel)
		h.answered = append(h.answered, slotOf(step, i))
		h.reply.int(i)
		h.reply.int(len(h.parcel))
		h.reply.float(h.lots[i].loss)
		h.reply.int(h.lots[i].right)
	}
	return nil
}

// looks measures lots of texts one after the other, none of them kept.
func (h *Helper) looks(r *reading) {
	h.reply.begin(wordSeen, h.joining)
	h.reply.int(r.int()) // the asker's number
	count := r.int()
	h.reply.int(count)
	for range count {
		r.lot(&h.lots[0])
		h.look(0, 0)
		h.reply.float(h.lots[0].loss)
		h.reply.int(h.lots[0].right)
	}
}

// have takes a finished model to read with.
func (h *Helper) have(r *reading) error {
	m, err := model.Read(r.bytes())
	if err == nil {
		h.reader, err = infer.New(m, h.strict)
	}
	if tabulate := r.int() == 1; err == nil && tabulate {
		h.reader.Tabulate()
	}
	return err
}

// read answers texts with it.
func (h *Helper) read(r *reading) error {
	batch := r.int()
	logits, err := h.reader.Logits(r.texts())
	h.reply.begin(wordAnswer, h.joining)
	h.reply.int(batch)
	h.reply.bytes(tensor.Bytes(logits))
	return err
}

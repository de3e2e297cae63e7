package train

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/clove-ml/clove/engine/nn"
	"github.com/clove-ml/clove/engine/tensor"
)

// Wire leads to helpers: programs elsewhere on this machine, each with an engine of its
// own, that compute shards of our steps (Helper). What one side says the other hears in
// the same order, or not at all. Beside words travel parcels (package nn), each in a
// numbered slot.
type Wire interface {
	// Start begins helper k, counted from 1. Once it runs it says an empty word.
	Start(k int)
	// Stop ends helper k: nothing of it is heard any more.
	Stop(k int)
	// Open makes room for parcels of up to size bytes. What the old slots held is gone.
	Open(slots, size int)
	Slots
	// Post sends a word, and the parcels in the slots named, to helper k.
	Post(k int, word []byte, slots []int)
	// Hear gives the next word that a helper said. It waits as long as may be, 0 not at
	// all; then k is 0. Where a helper has ended, lost is set. The word is good until the next call.
	Hear(atMost time.Duration) (k int, word []byte, lost bool)
}

// Slots hold parcels. A slot is written again only when nobody reads it any more.
type Slots interface {
	Put(slot int, parcel []byte)
	// Take copies the parcel of n bytes that came with the latest word, in that slot, to dst.
	Take(slot, n int, dst []byte) []byte
}

// A slot belongs to a shard of an even or of an odd step. Nobody writes those of step n+2
// while another still reads those of step n: a shard of n+2 is begun when all of n+1 are
// there, and each helper has read all of n before it computes its shards of n+1.
const slots = 2 * Shards

func slotOf(step, shard int) int { return step%2*Shards + shard }

// Kinds of words. Each begins with the kind and the number of the joining that it belongs to.
const (
	wordJoin   = iota + 1 // begin from these weights and moments
	wordStep              // take the step that others have given you the rest of, and compute shards of the next
	wordLook              // measure texts, dropout off
	wordModel             // have this finished model instead of one in training
	wordRead              // give its logits of texts
	wordDone              // a helper's answer to wordStep, with parcels
	wordSeen              // to wordLook
	wordAnswer            // and to wordRead
)

// writing appends to a word.
type writing struct{ b []byte }

func (w *writing) begin(kind byte, joining uint32) {
	w.b = append(w.b[:0], kind)
	w.int(int(joining))
}
func (w *writing) int(x int) { w.b = binary.LittleEndian.AppendUint32(w.b, uint32(x)) }
func (w *writing) float(x float64) {
	w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(x))
}
func (w *writing) bytes(x []byte) { w.int(len(x)); w.b = append(w.b, x...) }

func (w *writing) texts(x [][]int32) {
	w.int(len(x))
	for _, ids := range x {
		w.bytes(tensor.Bytes(ids))
	}
}

// lot writes the texts of one: B, T, first row, step, lengths, targets, soft targets, ids.
func (w *writing) lot(l *lot) {
	b := &l.batch
	w.int(b.B)
	w.int(b.T)
	w.int(b.FirstRow)
	w.int(int(b.Step))
	w.bytes(tensor.Bytes(b.Lengths))
	w.bytes(tensor.Bytes(b.Targets))
	w.bytes(tensor.Bytes(b.Soft))
	w.bytes(tensor.Bytes(b.IDs))
}

// reading takes a word apart. Reading past its end panics, as any wrong size does: both
// ends are one program.
type reading struct{ b []byte }

func (r *reading) kind() byte {
	k := r.b[0]
	r.b = r.b[1:]
	return k
}

func (r *reading) int() int {
	x := int(int32(binary.LittleEndian.Uint32(r.b)))
	r.b = r.b[4:]
	return x
}

func (r *reading) float() float64 {
	x := math.Float64frombits(binary.LittleEndian.Uint64(r.b))
	r.b = r.b[8:]
	return x
}

func (r *reading) bytes() []byte {
	n := r.int()
	x := r.b[:n]
	r.b = r.b[n:]
	return x
}

func (r *reading) floats() []float32 {
	b := r.bytes()
	x := make([]float32, len(b)/4)
	copy(tensor.Bytes(x), b)
	return x
}

func (r *reading) texts() [][]int32 {
	x := make([][]int32, r.int())
	for i := range x {
		b := r.bytes()
		x[i] = make([]int32, len(b)/4)
		copy(tensor.Bytes(x[i]), b)
	}
	return x
}

// lot lays the texts of one into l.
func (r *reading) lot(l *lot) {
	b := nn.Batch{B: r.int(), T: r.int(), FirstRow: r.int(), Step: uint64(uint32(r.int()))}
	b.Lengths = l.lengths[:copy(tensor.Bytes(l.lengths), r.bytes())/4]
	b.Targets = l.targets[:copy(tensor.Bytes(l.targets), r.bytes())/4]
	if soft := r.bytes(); len(soft) > 0 {
		b.Soft = l.soft[:copy(tensor.Bytes(l.soft), soft)/4]
	}
	b.IDs = l.ids[:copy(tensor.Bytes(l.ids), r.bytes())/4]
	l.batch = b
}

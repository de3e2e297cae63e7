package webgpu

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"syscall/js"
	"time"

	"github.com/clove-ml/clove/engine/tensor"
)

// KernelTime is what a kernel took on the card.
type KernelTime = tensor.KernelTime

// Timed calls f with a timestamp taken before and after each kernel, and tells where the time
// went, the most first; nil where the card has no timestamp queries. Browsers round timestamps,
// to a tenth of a millisecond for instance, so f should take many steps. It is slower than without.
func (d *Device) Timed(f func() error) ([]KernelTime, error) {
	if !d.card.info.Timestamps {
		return nil, f()
	}
	d.lock()
	d.submit()
	t := &timing{device: d, took: map[string]*KernelTime{}}
	t.set = d.card.gpu.Call("createQuerySet", map[string]any{"type": "timestamp", "count": 2 * queued})
	const usageQueryResolve = 512
	t.resolved = d.buffer(16*queued, usageQueryResolve|usageCopySrc)
	t.reader = d.buffer(16*queued, usageMapRead|usageCopyDst)
	d.timing = t
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.card.lost.Load() == nil {
			d.submit()
		}
		d.timing = nil
		t.close()
	}()
	err := f()
	d.Submit()
	var all []KernelTime
	for _, k := range t.took {
		all = append(all, *k)
	}
	slices.SortFunc(all, func(a, b KernelTime) int {
		return cmp.Or(cmp.Compare(b.Time, a.Time), cmp.Compare(a.Kernel, b.Kernel))
	})
	return all, err
}

// timing is the queries of a Timed in progress. A nil one does nothing.
type timing struct {
	device                *Device
	set, resolved, reader js.Value
	names                 []string
	took                  map[string]*KernelTime
}

// pass begins one for a kernel alone.
func (t *timing) pass(encoder js.Value, kernel string) js.Value {
	i := len(t.names)
	t.names = append(t.names, kernel)
	return encoder.Call("beginComputePass", map[string]any{"timestampWrites": map[string]any{
		"querySet": t.set, "beginningOfPassWriteIndex": 2 * i, "endOfPassWriteIndex": 2*i + 1,
	}})
}

// resolve has the timestamps come down with the encoder's submit.
func (t *timing) resolve(encoder js.Value) {
	if t == nil || len(t.names) == 0 {
		return
	}
	encoder.Call("resolveQuerySet", t.set, 0, 2*len(t.names), t.resolved, 0)
	encoder.Call("copyBufferToBuffer", t.resolved, 0, t.reader, 0, 16*len(t.names))
}

// collect waits for them.
func (t *timing) collect() {
	if t == nil || len(t.names) == 0 {
		return
	}
	n := 16 * len(t.names)
	if _, err := await(context.Background(), t.reader.Call("mapAsync", 1, 0, n)); err != nil {
		return // the card is lost, which the next kernel says
	}
	b := make([]byte, n)
	js.CopyBytesToGo(b, js.Global().Get("Uint8Array").New(t.reader.Call("getMappedRange", 0, n)))
	t.reader.Call("unmap")
	for i, name := range t.names {
		k := t.took[name]
		if k == nil {
			k = &KernelTime{Kernel: name}
			t.took[name] = k
		}
		k.Calls++
		begin, end := binary.LittleEndian.Uint64(b[16*i:]), binary.LittleEndian.Uint64(b[16*i+8:])
		if end > begin {
			k.Time += time.Duration(end - begin)
		}
	}
	t.names = t.names[:0]
}

func (t *timing) close() {
	if t == nil {
		return
	}
	t.set.Call("destroy")
	t.device.destroy(t.resolved)
	t.device.destroy(t.reader)
}

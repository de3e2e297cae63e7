package webgpu

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"syscall/js"
	"unsafe"

	"github.com/clove-ml/clove/engine/tensor"
)

// Device computes on the card. Kernels are queued in a command encoder; what reads a number
// back, and Submit, sends them off.
type Device struct {
	card *card

	mu      sync.Mutex
	memory  memory
	mem     js.Value // the buffer of all tensors
	ones    span     // that hold 1
	scratch span     // of the kernel at hand

	group    js.Value // the bind group
	encoder  js.Value
	pass     js.Value
	open     bool // encoder is
	inPass   bool // pass is
	pending  int  // kernels in it
	numbers  []uint32
	ints     []int32
	uniforms js.Value           // the buffer of numbers
	feed     js.Value           // the buffer of ints
	codes    js.Value           // the buffer of coded
	coded    []uint32           // weights in whole numbers
	offsets  js.Value           // Uint32Array of where each kernel's numbers begin
	bytes    js.Value           // Uint8Array on the way up
	readers  map[int][]js.Value // buffers on the way down, by size
	timing   *timing
	buffers  []js.Value // all that there are
	stats    Stats
	closed   bool
	lost     *tensor.Lost // why this device has failed, where its card has not
	longest  int          // multiply-adds that a text may take in one kernel, in sequence

	// Room for what kernels are given.
	buckets                buckets
	lengths, table, places []int32
}

// Stats count what a device has asked of the card since it was made.
type Stats struct {
	Dispatches, Submits, Reads int
	Buffers, Groups            int // made
	Bytes                      int // of the card's memory that the device's buffers take
	Used                       int // of those dealt out to tensors
	Devices, Live              int // on its card that are not closed, and their buffers
}

// Stats as they stand.
func (d *Device) Stats() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.stats
	s.Used = 4 * d.memory.used
	s.Devices, s.Live = int(d.card.users.Load()), int(d.card.live.Load())
	return s
}

const (
	queued      = 256     // kernels in a submit, at most
	stride      = 64      // words from one's numbers to the next's: 256 bytes, as WebGPU demands
	firstMemory = 1 << 18 // floats
	firstFeed   = 1 << 16 // ints
	keptRead    = 1 << 20 // bytes of one that is used again
	leastRead   = 256     // bytes of a reader
	smallUpload = 1 << 14 // floats that go with the kernels

	usageMapRead = 1
	usageCopySrc = 4
	usageCopyDst = 8
	usageUniform = 64
	usageStorage = 128
)

func (c *card) device() *Device {
	c.users.Add(1)
	d := &Device{card: c, memory: newMemory(firstMemory), readers: map[int][]js.Value{}, longest: 1 << 28, numbers: make([]uint32, 0, queued*stride)}
	d.offsets = js.Global().Get("Uint32Array").New(queued)
	for i := range queued {
		d.offsets.SetIndex(i, i*stride*4)
	}
	d.bytes = js.Global().Get("Uint8Array").New(queued * stride * 4)
	d.mem = d.buffer(4*firstMemory, usageStorage|usageCopyDst|usageCopySrc)
	d.uniforms = d.buffer(queued*stride*4, usageUniform|usageCopyDst)
	d.feed = d.buffer(4*firstFeed, usageStorage|usageCopyDst|usageCopySrc)
	for range 2 { // by which the results of steps come down
		d.readers[leastRead] = append(d.readers[leastRead], d.buffer(leastRead, usageMapRead|usageCopyDst))
	}
	d.codes = d.buffer(16, usageStorage|usageCopyDst)
	d.bind()
	d.ones, _ = d.memory.take(line)
	one := make([]float32, line)
	for i := range one {
		one[i] = 1
	}
	d.write(d.mem, 4*d.ones.at, tensor.Bytes(one))
	return d
}

// Close gives back all that the device holds on the card, its tensors among it.
func (d *Device) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	d.closed = true
	d.timing.close()
	for len(d.buffers) > 0 { // those of reads that nobody waits for, too
		d.destroy(d.buffers[0])
	}
	d.readers = nil
	d.card.leave()
}

// buffer is a new one of so many bytes.
func (d *Device) buffer(bytes, usage int) js.Value {
	d.stats.Buffers++
	d.stats.Bytes += bytes
	d.card.live.Add(1)
	b := d.card.gpu.Call("createBuffer", map[string]any{"size": bytes, "usage": usage})
	d.buffers = append(d.buffers, b)
	return b
}

func (d *Device) destroy(buffer js.Value) {
	d.stats.Bytes -= buffer.Get("size").Int()
	d.card.live.Add(-1)
	buffer.Call("destroy")
	d.buffers = slices.DeleteFunc(d.buffers, buffer.Equal)
}

func (d *Device) bind() {
	d.stats.Groups++
	d.group = d.card.gpu.Call("createBindGroup", map[string]any{"layout": d.card.group, "entries": []any{
		map[string]any{"binding": 0, "resource": map[string]any{"buffer": d.uniforms, "size": stride * 4}},
		map[string]any{"binding": 1, "resource": map[string]any{"buffer": d.feed}},
		map[string]any{"binding": 2, "resource": map[string]any{"buffer": d.mem}},
		map[string]any{"binding": 3, "resource": map[string]any{"buffer": d.codes}},
	}})
}

// write copies bytes into a buffer, before what is queued.
func (d *Device) write(to js.Value, at int, b []byte) {
	if n := d.bytes.Length(); n < len(b) {
		d.bytes = js.Global().Get("Uint8Array").New(max(len(b), 2*n))
	}
	js.CopyBytesToJS(d.bytes, b)
	d.card.queue.Call("writeBuffer", to, at, d.bytes, 0, len(b))
}

// Buffer is a part of the card's memory.
type Buffer struct {
	device *Device
	at, n  int
	whole  *Buffer // which this is a view of: it must not be collected before
}

// Len is the number of floats.
func (b *Buffer) Len() int { return b.n }

// View is the part [from, from+n).
func (b *Buffer) View(from, n int) tensor.Buffer {
	if from < 0 || n < 0 || from+n > b.n {
		panic("webgpu: a view beyond its buffer")
	}
	whole := b.whole
	if whole == nil {
		whole = b
	}
	return &Buffer{device: b.device, at: b.at + from, n: n, whole: whole}
}

// Alloc implements tensor.Device. What is no longer referred to is used again.
func (d *Device) Alloc(n int) tensor.Buffer {
	s := d.place(n)
	d.lock()
	defer d.mu.Unlock()
	b := &Buffer{device: d, at: s.at, n: n}
	runtime.AddCleanup(b, d.release, s)
	if n > 0 {
		d.zero(s.at, n)
	}
	return b
}

func (d *Device) release(s span) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.memory.give(s)
}

// place for n floats. Before the buffer grows the collector is asked what is no longer in use.
func (d *Device) place(n int) span {
	d.lock()
	s, ok := d.memory.take(n)
	d.mu.Unlock()
	if ok {
		return s
	}
	runtime.GC()
	for range 8 {
		runtime.Gosched() // to the cleanups
	}
	d.lock()
	defer d.mu.Unlock()
	return d.take(n)
}

// take is a place, for which the buffer grows where it must.
func (d *Device) take(n int) span {
	s, ok := d.memory.take(n)
	if !ok {
		d.grow(n)
		s, _ = d.memory.take(n)
	}
	return s
}

// grow makes the buffer larger, by n floats at least: a new one, into which the old is copied.
func (d *Device) grow(n int) {
	size := max(2*d.memory.size, d.memory.size+rounded(n))
	if size > d.card.largest {
		size = d.card.largest
	}
	if size < d.memory.size+rounded(n) {
		d.full("the model and its batch do not fit the largest buffer that this card allows")
	}
	d.keepInts()
	gpu := d.card.gpu
	gpu.Call("pushErrorScope", "out-of-memory")
	fresh := d.buffer(4*size, usageStorage|usageCopyDst|usageCopySrc)
	e, err := await(context.Background(), gpu.Call("popErrorScope"))
	d.card.check()
	if err != nil || e.Truthy() {
		d.destroy(fresh)
		d.full("the card has no memory left for the model and its batch")
	}
	d.encode()
	d.encoder.Call("copyBufferToBuffer", d.mem, 0, fresh, 0, 4*d.memory.size)
	d.keepInts()
	d.destroy(d.mem)
	d.mem = fresh
	d.memory.grow(size)
	d.bind()
}

// full is the end of a device that has no room.
func (d *Device) full(message string) {
	d.lost = &tensor.Lost{Device: Name, Code: tensor.LostMemory, Message: message}
	panic(d.lost)
}

// space is scratch for the kernel at hand, n floats.
func (d *Device) space(n int) uint32 {
	if d.scratch.n < n {
		if d.scratch.n > 0 {
			d.memory.give(d.scratch)
		}
		d.scratch = d.take(n)
	}
	return uint32(d.scratch.at)
}

// lock is for kernels: it panics where the card is lost.
func (d *Device) lock() {
	d.card.check()
	d.mu.Lock()
	if d.lost != nil || d.closed {
		defer d.mu.Unlock()
		d.gone()
	}
}

// gone panics where the device is lost or closed.
func (d *Device) gone() {
	if d.lost != nil {
		panic(d.lost)
	}
	if d.closed {
		panic(&tensor.Lost{Device: Name, Code: tensor.LostDevice, Message: "closed"})
	}
}

// give copies whole numbers to where kernels find them, all for one kernel at once, and
// returns their places.
func (d *Device) give(lists ...[]int32) (at [4]uint32) {
	n := 0
	for _, l := range lists {
		n += len(l)
	}
	d.upcoming(n)
	for i, l := range lists {
		at[i] = uint32(len(d.ints))
		d.ints = append(d.ints, l...)
	}
	return at
}

// upcoming is where the next ints will stand, for which it makes room.
func (d *Device) upcoming(n int) int {
	if len(d.ints)+n > d.room() {
		d.submit()
		if n > d.room() {
			d.destroy(d.feed)
			size := firstFeed
			for size < n {
				size *= 2
			}
			d.feed = d.buffer(4*size, usageStorage|usageCopyDst|usageCopySrc)
			d.bind()
		}
	}
	return len(d.ints)
}

// room is the ints that feed can hold.
func (d *Device) room() int { return d.feed.Get("size").Int() / 4 }

// encode has an encoder ready, outside of a pass.
func (d *Device) encode() {
	if !d.open {
		d.encoder = d.card.gpu.Call("createCommandEncoder")
		d.open = true
	}
	if d.inPass {
		d.pass.Call("end")
		d.inPass = false
	}
}

// run queues a kernel for a grid of workgroups.
func (d *Device) run(kernel string, x, y, z int, numbers ...uint32) {
	d.queue(pipeline{kernel, 0}, x, y, z, numbers...)
}

func (d *Device) queue(p pipeline, x, y, z int, numbers ...uint32) {
	if x == 0 || y == 0 || z == 0 {
		return
	}
	if d.pending == queued {
		d.keepInts()
	}
	at := len(d.numbers)
	d.numbers = d.numbers[:at+stride]
	copy(d.numbers[at:], numbers)
	if d.timing != nil {
		d.encode()
		d.pass = d.timing.pass(d.encoder, p.kernel)
		d.inPass = true
	} else if !d.inPass {
		d.encode()
		d.pass = d.encoder.Call("beginComputePass")
		d.inPass = true
	}
	d.pass.Call("setPipeline", d.card.made(p))
	d.pass.Call("setBindGroup", 0, d.group, d.offsets, d.pending, 1)
	d.pass.Call("dispatchWorkgroups", x, y, z)
	d.pending++
	d.stats.Dispatches++
}

// each queues a kernel for n invocations in workgroups of so many.
func (d *Device) each(kernel string, n, wide int, numbers ...uint32) {
	x, y := grid((n + wide - 1) / wide)
	d.run(kernel, x, y, 1, numbers...)
}

// grid lays out so many workgroups: a dimension may have 65,535.
func grid(groups int) (x, y int) {
	const most = 65535
	if groups <= most {
		return groups, 1
	}
	y = (groups + most - 1) / most
	return (groups + y - 1) / y, y
}

// keepInts submits while a kernel's ints may be given, but the kernel is not queued yet.
func (d *Device) keepInts() {
	ints := d.ints
	d.submit()
	d.ints = ints
}

// submit sends off what is queued.
func (d *Device) submit() {
	if !d.open {
		return
	}
	d.encode()
	d.timing.resolve(d.encoder)
	if d.pending > 0 {
		d.write(d.uniforms, 0, wordBytes(d.numbers))
	}
	if len(d.ints) > 0 {
		d.write(d.feed, 0, tensor.Bytes(d.ints))
	}
	d.card.queue.Call("submit", []any{d.encoder.Call("finish")})
	d.open, d.pending, d.numbers, d.ints = false, 0, d.numbers[:0], d.ints[:0]
	d.stats.Submits++
	d.timing.collect()
}

func wordBytes(w []uint32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(w))), 4*len(w))
}

// Submit implements tensor.Card.
func (d *Device) Submit() {
	d.lock()
	defer d.mu.Unlock()
	d.submit()
}

// Upload implements tensor.Device.
func (d *Device) Upload(dst tensor.Buffer, src []float32) {
	if len(src) == 0 {
		return
	}
	b := dst.(*Buffer)
	if len(src) > b.n {
		panic("webgpu: more numbers than their buffer holds")
	}
	d.lock()
	defer d.mu.Unlock()
	if d.open && len(src) <= smallUpload { // in its turn, without a submit
		at := d.give(unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(src))), len(src)))
		d.encode()
		d.encoder.Call("copyBufferToBuffer", d.feed, 4*int(at[0]), d.mem, 4*b.at, 4*len(src))
		return
	}
	d.submit()
	d.write(d.mem, 4*b.at, tensor.Bytes(src))
}

// Download implements tensor.Device.
func (d *Device) Download(dst []float32, src tensor.Buffer) {
	if len(dst) == 0 {
		return
	}
	b := src.(*Buffer)
	if len(dst) > b.n {
		panic("webgpu: fewer numbers in the buffer than asked for")
	}
	d.lock()
	wait := d.read(b.at, len(dst))
	d.mu.Unlock()
	wait(dst)
}

// Read implements tensor.Card.
func (d *Device) Read(x tensor.Buffer) func(dst []float32) {
	b := x.(*Buffer)
	d.lock()
	defer d.mu.Unlock()
	return d.read(b.at, b.n)
}

// read submits with a copy of n floats at the end. wait is called without the lock.
func (d *Device) read(at, n int) (wait func(dst []float32)) {
	size := leastRead
	for size < 4*n {
		size *= 2
	}
	var reader js.Value
	if free := d.readers[size]; len(free) > 0 {
		reader, d.readers[size] = free[len(free)-1], free[:len(free)-1]
	} else {
		reader = d.buffer(size, usageMapRead|usageCopyDst)
	}
	d.encode()
	d.encoder.Call("copyBufferToBuffer", d.mem, 4*at, reader, 0, 4*n)
	d.submit()
	d.stats.Reads++
	mapped := newPromise(reader.Call("mapAsync", 1, 0, 4*n))
	return func(dst []float32) {
		_, err := mapped.wait(context.Background())
		d.lock()
		defer d.mu.Unlock()
		if err != nil {
			d.card.fail(tensor.LostDevice, err.Error())
			d.card.check()
		}
		js.CopyBytesToGo(tensor.Bytes(dst[:n]), js.Global().Get("Uint8Array").New(reader.Call("getMappedRange", 0, 4*n)))
		reader.Call("unmap")
		if size > keptRead {
			d.destroy(reader)
			return
		}
		d.readers[size] = append(d.readers[size], reader)
	}
}

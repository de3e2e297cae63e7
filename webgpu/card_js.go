package webgpu

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall/js"

	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/webgpu/wgsl"
)

// Name of the device, in events and errors.
const Name = "webgpu"

// Options of Open.
type Options struct {
	// LowPower prefers the card that draws less power, where there are two.
	LowPower bool
}

// Info is what the browser says of the card.
type Info struct {
	Vendor, Architecture, Description string // any may be empty: browsers tell little
	Fallback                          bool   // a processor plays the card
	Timestamps, Subgroups, Half       bool   // features that it has
}

// card is the browser's GPUDevice with its pipelines. Devices share one.
type card struct {
	gpu, queue js.Value
	group      js.Value // the layout of a bind group
	layout     js.Value // of a pipeline
	pipelines  map[pipeline]js.Value
	info       Info
	largest    int          // floats that the buffer may hold
	users      atomic.Int32 // devices
	live       atomic.Int32 // their buffers
	lost       atomic.Pointer[tensor.Lost]
	onError    js.Func
}

// Open asks the browser for its card and compiles the kernels. An error is a *tensor.Lost
// whose code says what is missing, or ctx's. The device must be closed.
//
// The calling goroutine waits; the event loop goes on.
func Open(ctx context.Context, o Options) (*Device, error) {
	c, err := openCard(ctx, o)
	if err != nil {
		return nil, err
	}
	return c.device(), nil
}

// Fork is another device on the same card, with memory of its own. It must be closed as well.
func (d *Device) Fork() *Device { return d.card.device() }

// Lost is why its card is lost; nil while it is not.
func (d *Device) Lost() *tensor.Lost { return d.card.lost.Load() }

// Info of its card.
func (d *Device) Info() Info { return d.card.info }

func none(message string) error {
	return &tensor.Lost{Device: Name, Code: tensor.LostNone, Message: message}
}

// Ask is what the browser says of the card that Open would open; an error is as Open's.
func Ask(ctx context.Context, o Options) (Info, error) {
	adapter, err := askAdapter(ctx, o)
	if err != nil {
		return Info{}, err
	}
	return about(adapter), nil
}

func askAdapter(ctx context.Context, o Options) (js.Value, error) {
	gpu := js.Global().Get("navigator")
	if gpu.Truthy() {
		gpu = gpu.Get("gpu")
	}
	if !gpu.Truthy() {
		return gpu, none("this browser has no WebGPU here")
	}
	power := "high-performance"
	if o.LowPower {
		power = "low-power"
	}
	adapter, err := await(ctx, gpu.Call("requestAdapter", map[string]any{"powerPreference": power}))
	if err == nil && !adapter.Truthy() {
		err = none("the browser gives no graphics card")
	}
	return adapter, err
}

func openCard(ctx context.Context, o Options) (*card, error) {
	adapter, err := askAdapter(ctx, o)
	if err != nil {
		return nil, err
	}
	c := &card{pipelines: map[pipeline]js.Value{}, info: about(adapter)}
	var features []any
	for name, has := range map[string]bool{"timestamp-query": c.info.Timestamps, "subgroups": c.info.Subgroups, "shader-f16": c.info.Half} {
		if has {
			features = append(features, name)
		}
	}
	limits := adapter.Get("limits")
	bytes := min(limits.Get("maxStorageBufferBindingSize").Float(), limits.Get("maxBufferSize").Float(), 1<<32-1<<16)
	c.largest = int(bytes) / 4 / line * line
	c.gpu, err = await(ctx, adapter.Call("requestDevice", map[string]any{
		"requiredFeatures": features,
		"requiredLimits":   map[string]any{"maxStorageBufferBindingSize": c.largest * 4, "maxBufferSize": c.largest * 4},
	}))
	if err != nil {
		return nil, err
	}
	c.queue = c.gpu.Get("queue")
	c.watch()
	if err := c.compile(ctx); err != nil {
		c.gpu.Call("destroy")
		return nil, err
	}
	return c, nil
}

func about(adapter js.Value) Info {
	info, features := adapter.Get("info"), adapter.Get("features")
	has := func(name string) bool { return features.Call("has", name).Bool() }
	i := Info{Timestamps: has("timestamp-query"), Subgroups: has("subgroups"), Half: has("shader-f16")}
	if info.Truthy() {
		i.Vendor, i.Architecture, i.Description = info.Get("vendor").String(), info.Get("architecture").String(), info.Get("description").String()
		i.Fallback = info.Get("isFallbackAdapter").Truthy() || strings.EqualFold(i.Architecture, "swiftshader")
	}
	return i
}

// watch hears of what goes wrong while nobody waits for it.
func (c *card) watch() {
	c.onError = js.FuncOf(func(_ js.Value, args []js.Value) any {
		e := args[0].Get("error")
		c.fail(codeOf(e), e.Get("message").String())
		return nil
	})
	c.gpu.Set("onuncapturederror", c.onError)
	then(c.gpu.Get("lost"), func(info js.Value, _ error) {
		c.fail(tensor.LostDevice, strings.TrimSpace(info.Get("reason").String()+" "+info.Get("message").String()))
	})
}

// codeOf a GPUError.
func codeOf(e js.Value) string {
	switch e.Get("constructor").Get("name").String() {
	case "GPUOutOfMemoryError":
		return tensor.LostMemory
	case "GPUValidationError":
		return tensor.LostShader
	}
	return tensor.LostDevice
}

// fail keeps the first reason why the card is lost.
func (c *card) fail(code, message string) {
	c.lost.CompareAndSwap(nil, &tensor.Lost{Device: Name, Code: code, Message: message})
}

// check panics where the card is lost.
func (c *card) check() {
	if lost := c.lost.Load(); lost != nil {
		panic(lost)
	}
}

// compile makes the pipelines, all at once, which the browser may do side by side; wider ones
// of the LSTM when they are wanted.
func (c *card) compile(ctx context.Context) error {
	const visible = 4 // GPUShaderStage.COMPUTE
	entry := func(binding int, kind string, dynamic bool) any {
		return map[string]any{"binding": binding, "visibility": visible, "buffer": map[string]any{"type": kind, "hasDynamicOffset": dynamic}}
	}
	c.group = c.gpu.Call("createBindGroupLayout", map[string]any{"entries": []any{
		entry(0, "uniform", true), entry(1, "read-only-storage", false), entry(2, "storage", false), entry(3, "read-only-storage", false),
	}})
	c.layout = c.gpu.Call("createPipelineLayout", map[string]any{"bindGroupLayouts": []any{c.group}})
	return c.make(ctx, func(name string) bool { return !strings.HasPrefix(name, packedKernels) })
}

// packedKernels multiply weights in whole numbers: made when the first Reader wants them.
const packedKernels = "packed_"

// make makes the pipelines of some kernels, those that are not there yet.
func (c *card) make(ctx context.Context, wanted func(name string) bool) error {
	names := slices.DeleteFunc(wgsl.Names(), func(name string) bool {
		_, there := c.pipelines[pipeline{name, 0}]
		return there || !wanted(name)
	})
	all, said := make([]*promise, len(names)), make([]*promise, len(names))
	for i, name := range names {
		recipe := c.recipe(name, 0)
		all[i] = newPromise(c.gpu.Call("createComputePipelineAsync", recipe))
		said[i] = newPromise(recipe.Get("compute").Get("module").Call("getCompilationInfo"))
	}
	for i, name := range names {
		p, err := all[i].wait(ctx)
		if err != nil {
			return &tensor.Lost{Device: Name, Code: tensor.LostShader, Message: name + ": " + complaint(ctx, said[i], err)}
		}
		c.pipelines[pipeline{name, 0}] = p
	}
	return nil
}

// complaint is what the compiler has against a kernel, else err's words.
func complaint(ctx context.Context, said *promise, err error) string {
	info, e := said.wait(ctx)
	if e != nil || info.Get("messages").Length() == 0 {
		return err.Error()
	}
	m := info.Get("messages").Index(0)
	return fmt.Sprintf("line %d: %s", m.Get("lineNum").Int(), m.Get("message").String())
}

// pipeline is a kernel, with workgroups so wide where it leaves that open.
type pipeline struct {
	kernel string
	wide   int
}

// recipe of a pipeline.
func (c *card) recipe(kernel string, wide int) js.Value {
	module := c.gpu.Call("createShaderModule", map[string]any{"label": kernel, "code": wgsl.Source(kernel, wide)})
	return js.ValueOf(map[string]any{"label": kernel, "layout": c.layout, "compute": map[string]any{"module": module, "entryPoint": "main"}})
}

// made is the pipeline, which is compiled where it was not yet.
func (c *card) made(p pipeline) js.Value {
	v, ok := c.pipelines[p]
	if !ok {
		v = c.gpu.Call("createComputePipeline", c.recipe(p.kernel, p.wide))
		c.pipelines[p] = v
	}
	return v
}

// leave is called by a device that closes; the last one turns off the light.
func (c *card) leave() {
	if c.users.Add(-1) == 0 {
		c.gpu.Set("onuncapturederror", js.Null())
		c.onError.Release()
		c.fail(tensor.LostDevice, "closed")
		c.gpu.Call("destroy")
	}
}

// promise is a JavaScript promise that a goroutine can wait for.
type promise struct {
	done  chan struct{}
	value js.Value
	err   error
}

func newPromise(v js.Value) *promise {
	p := &promise{done: make(chan struct{})}
	then(v, func(value js.Value, err error) {
		p.value, p.err = value, err
		close(p.done)
	})
	return p
}

func (p *promise) wait(ctx context.Context) (js.Value, error) {
	select {
	case <-p.done:
		return p.value, p.err
	case <-ctx.Done():
		return js.Value{}, context.Cause(ctx)
	}
}

func await(ctx context.Context, v js.Value) (js.Value, error) { return newPromise(v).wait(ctx) }

// then calls f with what becomes of v.
func then(v js.Value, f func(js.Value, error)) {
	var ok, no js.Func
	var once sync.Once
	done := func(v js.Value, err error) {
		once.Do(func() {
			ok.Release()
			no.Release()
			f(v, err)
		})
	}
	ok = js.FuncOf(func(_ js.Value, args []js.Value) any { done(args[0], nil); return nil })
	no = js.FuncOf(func(_ js.Value, args []js.Value) any { done(js.Undefined(), js.Error{Value: args[0]}); return nil })
	v.Call("then", ok, no)
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

// builtin is the model that judges on arrival, trained when the site was built.
type builtin struct {
	opened protocol.Opened   // with flips
	files  map[string][]byte // of its variants, fetched when they are asked for
	model  *model.Model
}

// welcome answers the page's first request. A page that says hello again is told anew.
func (w *worker) welcome(ctx context.Context, q protocol.Hello) (result, error) {
	w.mu.Lock()
	w.wanted = q.Workers
	w.mu.Unlock()
	info := make(chan *serverInfo, 1)
	go func() { info <- w.server(ctx) }()
	w.hello.Do(func() {
		b, err := w.loadBuiltin(ctx)
		if err != nil {
			w.notice("builtin", "the built-in model can't be read: "+err.Error())
		}
		w.mu.Lock()
		w.builtin = b
		w.mu.Unlock()
	})
	list, err := w.list(ctx)
	if err != nil {
		return result{}, err
	}
	ready := protocol.Welcome{
		Device: w.device(nil).Name(), Threads: w.team().Workers(), Go: runtime.Version(), Runs: list.Runs, Used: list.Used, Quota: list.Quota,
	}
	if ready.Builtin, err = w.builtinNow(ctx); err != nil {
		return result{}, err
	}
	if ready.Bench, err = w.measuredBefore(ctx); err != nil {
		return result{}, err
	}
	ready.Memory, _ = w.m.Memory()
	w.mu.Lock()
	if w.bare == 0 {
		w.bare = ready.Memory
	}
	w.mu.Unlock()
	if ready.CutOff, err = w.cutOff(ctx); err != nil {
		return result{}, err
	}
	switch persisted, _, _ := w.m.Storage(); {
	case w.refused:
		ready.Storage = "refused"
	case persisted:
		ready.Storage = "kept"
	default:
		ready.Storage = "best-effort"
	}
	for _, b := range data.Builtins() {
		if b.Packed || b.Synthetic {
			ready.Names = append(ready.Names, b.Name)
		}
	}
	if i := <-info; i != nil {
		ready.Server, ready.ServerCPU, ready.ServerData = true, i.CPU, i.Data
	}
	return result{body: ready, then: func() { w.push(protocol.KindCard, w.m.HasCard(context.Background())) }}, nil
}

// serverInfo is what GET /api/info answers; the service worker answers null for a server that is gone.
type serverInfo struct {
	Go   string   `json:"go"`
	CPU  string   `json:"cpu"`
	Data []string `json:"data"`
}

// server asks whether a native engine answers; nil where not.
func (w *worker) server(ctx context.Context) *serverInfo {
	r, err := w.m.Fetch(ctx, "GET", "api/info", "", nil)
	if err != nil {
		return nil
	}
	defer r.Body.Close()
	var i serverInfo
	if r.Status != 200 || json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&i) != nil || i.Go == "" {
		return nil
	}
	return &i
}

// loadBuiltin fetches the built-in model; nil where the site has none.
func (w *worker) loadBuiltin(ctx context.Context) (*builtin, error) {
	if w.m.Asset("builtin.json") == "" {
		return nil, nil
	}
	run, err := w.fetchWhole(ctx, "builtin.json")
	if err != nil {
		return nil, err
	}
	file, err := w.fetchWhole(ctx, builtinFile(0))
	if err != nil {
		return nil, err
	}
	b := &builtin{files: map[string][]byte{}}
	if err := json.Unmarshal(run, &b.opened); err != nil {
		return nil, err
	}
	if b.model, err = model.Read(file); err != nil {
		return nil, err
	}
	if len(b.opened.Variants) == 0 {
		return nil, errors.New("its run has no variant")
	}
	b.opened.Summary.Run, b.opened.Summary.State = builtinRun, "done"
	for i := range b.opened.Variants {
		v := &b.opened.Variants[i]
		v.ID = builtinRun + "/" + strings.TrimPrefix(v.ID, builtinRun+"/")
	}
	b.files[b.opened.Variants[0].ID] = file
	return b, nil
}

// builtinFile is the asset of the built-in model's variant, 0 the original.
func builtinFile(variant int) string {
	if variant == 0 {
		return "builtin.safetensors"
	}
	return fmt.Sprintf("builtin-%d.safetensors", variant)
}

// builtinModel is the file of one of its variants, or nil.
func (w *worker) builtinModel(ctx context.Context, id string) ([]byte, error) {
	w.mu.Lock()
	b := w.builtin
	w.mu.Unlock()
	if b == nil {
		return nil, nil
	}
	if id == builtinRun {
		id = b.opened.Variants[0].ID
	}
	i := slices.IndexFunc(b.opened.Variants, func(v spec.Variant) bool { return v.ID == id })
	if i < 0 {
		return nil, nil
	}
	w.mu.Lock()
	file := b.files[id]
	w.mu.Unlock()
	if file != nil {
		return file, nil
	}
	file, err := w.fetchWhole(ctx, builtinFile(i))
	if err == nil {
		w.mu.Lock()
		b.files[id] = file
		w.mu.Unlock()
	}
	return file, err
}

func (w *worker) fetchWhole(ctx context.Context, name string) ([]byte, error) {
	body, err := w.fetchSet(ctx, name)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(body)
}

// builtinNow is the built-in model with the variants that were made of it here.
func (w *worker) builtinNow(ctx context.Context) (*protocol.Opened, error) {
	w.mu.Lock()
	b := w.builtin
	w.mu.Unlock()
	if b == nil {
		return nil, nil
	}
	o := b.opened
	o.Variants = nil
	for _, v := range b.opened.Variants {
		v.Flips = nil
		o.Variants = append(o.Variants, v)
	}
	r, err := w.store.Run(ctx, builtinRun)
	if err != nil {
		return &o, nil // none were made
	}
	if r.Original != b.model.SHA256() {
		return &o, w.store.Delete(ctx, builtinRun) // of another version of Clove
	}
	made, err := w.store.Variants(ctx, r)
	if err != nil {
		return nil, err
	}
	if len(made) > 0 {
		// The original was timed here: what was timed at build is of another machine.
		for i := range o.Variants {
			v := &o.Variants[i]
			v.LatencyMS, v.LatencyQ1, v.LatencyQ3 = 0, 0, 0
		}
	}
	for _, v := range made {
		if i := slices.IndexFunc(o.Variants, func(old spec.Variant) bool { return old.ID == v.ID }); i >= 0 {
			o.Variants[i] = v // measured here
		} else {
			o.Variants = append(o.Variants, v)
		}
	}
	return &o, nil
}

func (w *worker) builtinFlips(id string) []spec.Flip {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.builtin != nil {
		for _, v := range w.builtin.opened.Variants {
			if v.ID == id {
				return v.Flips
			}
		}
	}
	return nil
}

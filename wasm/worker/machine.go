package main

import (
	"context"
	"io"
	"time"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/train"
	"github.com/clove-ml/clove/wasm/protocol"
)

// Machine is the browser, as much of it as the worker uses. Tests bring their own.
type Machine interface {
	// Post sends a message to the page.
	Post(e protocol.Envelope, data []byte)
	// Fetch begins a request to the site. An error means that nobody answered.
	Fetch(ctx context.Context, method, url, contentType string, body []byte) (*Response, error)
	// Asset is the URL of a file of the site.
	Asset(name string) string
	// Yield lets messages in, if it was not called within the last milliseconds.
	Yield()
	Now() time.Time
	// Device is a new device, the fastest that there is here. An error says why it
	// is only the generic one, which it gives all the same. Yield as in
	// tensor.GenericOptions.
	Device(yield func()) (tensor.Device, error)

	// Card is a new device on the graphics card, to be closed by its user, and what it is called.
	// An error, a *tensor.Lost, says why there is none.
	Card(ctx context.Context) (tensor.Device, string, error)
	// Reads has a device of Card answer by a model as it is stored.
	Reads(ctx context.Context, dev tensor.Device, m *model.Model) (logits func(texts [][]int32) ([]float32, error), err error)
	// HasCard is what Card would give, without taking it.
	HasCard(ctx context.Context) protocol.Card

	// Cores is how many the browser says that there are, 1 where helpers can't be.
	Cores() int
	// Memory is the bytes that the program has taken, and the most that it may have; 0 unknown.
	Memory() (taken, most int64)
	// Helpers is the way to helpers of training, for one job at a time.
	Helpers() train.Wire

	// Lock takes a lock among all tabs of the site; ok is false where another has it.
	Lock(name string) (release func(), ok bool)
	// Freed calls then once nobody has the lock.
	Freed(name string, then func())
	// Held are the names of all locks that are held, in this tab or another.
	Held() map[string]bool
	// Broadcast sends a message to the other tabs.
	Broadcast(message []byte)
	// Storage is what the browser says of the site's storage.
	Storage() (persisted bool, used, quota int64)
}

// Response of a Fetch. Body must be closed.
type Response struct {
	Status int
	Body   io.ReadCloser
}

// File is one that the person chose or dropped. It is read in pieces, so a big
// one is never in memory whole.
type File interface {
	io.ReaderAt
	Size() int64
}

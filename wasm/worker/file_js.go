//go:build js && wasm

package main

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"syscall/js"
)

// block is how much of a file is fetched at a time.
const block = 1 << 20

// blobFile is a File of the browser. Of what was read only the last block is held.
type blobFile struct {
	clove js.Value
	blob  js.Value
	size  int64

	mu   sync.Mutex
	from int64 // of held
	held []byte
}

// newFile is what came beside a message: a File or Blob, an ArrayBuffer, or nothing.
func newFile(v js.Value) File {
	if v.Type() != js.TypeObject {
		return nil
	}
	if v.InstanceOf(js.Global().Get("ArrayBuffer")) {
		return bytes.NewReader(toGo(uint8Array.New(v)))
	}
	if v.InstanceOf(js.Global().Get("Blob")) {
		return &blobFile{clove: js.Global().Get("clove"), blob: v, size: int64(v.Get("size").Float())}
	}
	return nil
}

// Size implements File.
func (f *blobFile) Size() int64 { return f.size }

// ReadAt implements File.
func (f *blobFile) ReadAt(p []byte, at int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for n < len(p) {
		if at >= f.size {
			return n, io.EOF
		}
		if at < f.from || at >= f.from+int64(len(f.held)) {
			if err := f.fetch(at / block * block); err != nil {
				return n, err
			}
		}
		k := copy(p[n:], f.held[at-f.from:])
		n += k
		at += int64(k)
	}
	return n, nil
}

func (f *blobFile) fetch(from int64) error {
	b := &browser{clove: f.clove}
	to := min(from+block, f.size)
	args := b.call("slice", f.blob, from, to)
	if reason := args[1].String(); reason != "" {
		return errors.New("reading the file: " + reason)
	}
	f.from, f.held = from, toGo(args[0])
	if int64(len(f.held)) != to-from {
		f.held = nil
		return errors.New("reading the file: it has changed since it was chosen")
	}
	return nil
}

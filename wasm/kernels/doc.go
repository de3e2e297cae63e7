// Package kernels is the WASM SIMD device: the host device of the browser's
// worker, whose loops are a module of C compiled to wasm with 128-bit SIMD. It
// obeys Strict arithmetic, so it gives the bits of the generic device.
//
// How it is joined: the module (kernels.wasm, from the C in c/) imports the memory
// of the Go program and owns none of its own, so no tensor is ever copied. The Go
// program must be instantiated with its imports before the module can be given
// that memory; so static/kernels.js hands it small functions that call the module
// late, and puts the module in once the program's memory exists. Growing that
// memory keeps it and all addresses, and Go moves no heap object.
//
// The Go side (the files named _js.go) cuts long kernels into calls of a few
// milliseconds, between which messages are let in. It mirrors the generic device
// file by file. `make kernels` rebuilds the module; c/vec.h has the rules for the C.
package kernels

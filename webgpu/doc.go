// Package webgpu is the device that computes on the graphics card, through the browser's
// WebGPU. The kernels are WGSL, one a file, in wgsl; the Go side queues them by syscall/js.
//
// All tensors lie in one buffer of the card, and a kernel gets offsets into it. So there is
// one bind group for all kernels and all steps, nothing to cache and nothing to make in a
// step, and operands may overlap. What a step needs beside, token ids and each kernel's
// numbers, goes up in two writes; the step is one submit; what it found comes down when it is
// read, by a copy at the end of a submit.
//
// There are no atomics on floats: each number is written by one invocation that adds in a
// fixed order, so one adapter gives the same bits on every run. They are not the bits of the
// host devices: a card may round a product and a sum at once, and divides less exactly.
// Package devicetest holds it to float64 references.
//
// Left out until a card can be had to measure them on: subgroup operations, which the
// software adapter has but which say nothing there, and half precision, which it has not.
package webgpu

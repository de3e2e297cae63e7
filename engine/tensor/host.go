package tensor

import "unsafe"

// Host is the buffer of all devices that compute in the program's own memory.
type Host struct{ Data []float32 }

// NewHost wraps a slice, sharing its memory.
func NewHost(data []float32) *Host { return &Host{Data: data} }

// Len is the number of floats.
func (h *Host) Len() int { return len(h.Data) }

// View is the part [from, from+n).
func (h *Host) View(from, n int) Buffer { return &Host{Data: h.Data[from : from+n : from+n]} }

// HostData is a host device's memory itself, without a copy; nil if b is not in host memory.
func HostData(b Buffer) []float32 {
	if h, ok := b.(*Host); ok {
		return h.Data
	}
	return nil
}

// Values are the first n numbers of b, a buffer of d: a host device's memory itself,
// else a copy.
func Values(d Device, b Buffer, n int) []float32 {
	if v := HostData(b); v != nil {
		return v[:n]
	}
	v := make([]float32, n)
	d.Download(v, b)
	return v
}

// Bytes is the memory of v as it lies, in this machine's byte order: for what goes to
// another program on it.
func Bytes[E int32 | float32](v []E) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v))
}

package nn

import (
	"encoding/binary"
	"fmt"

	"github.com/clove-ml/clove/engine/tensor"
)

// A parcel is a Partial on its way from one program to another on the same machine,
// in 32-bit words:
//
//	n | tokens [n] | dense gradients (Partial's order) | rows of the embedding [n, E]
//
// What a batch does not touch does not travel: of an embedding of 10,000 rows a shard
// of 8 texts of 128 words has a tenth at most.

// ParcelSize is the bytes of the largest parcel.
func (p *Partial) ParcelSize() int { return 4 * (1 + cap(p.Tokens) + p.dense.Len() + p.DRows.Len()) }

// Pack appends the parcel to b.
func (p *Partial) Pack(b []byte) []byte {
	b = binary.NativeEndian.AppendUint32(b, uint32(len(p.Tokens)))
	b = append(b, tensor.Bytes(p.Tokens)...)
	b = append(b, tensor.Bytes(tensor.Values(p.dev, p.dense, p.dense.Len()))...)
	return append(b, tensor.Bytes(tensor.Values(p.dev, p.DRows, len(p.Tokens)*p.E))...)
}

// Unpack takes the gradients of a parcel in place of its own.
func (p *Partial) Unpack(b []byte) error {
	n := -1
	if len(b) >= 4 {
		n = int(binary.NativeEndian.Uint32(b))
	}
	if n < 0 || n > cap(p.Tokens) || len(b) != 4*(1+n+p.dense.Len()+n*p.E) {
		return fmt.Errorf("a parcel of %d bytes with %d tokens does not belong to this net", len(b), n)
	}
	b = b[4:]
	p.Tokens = p.Tokens[:n]
	b = b[copy(tensor.Bytes(p.Tokens), b):]
	b = p.up(p.dense, p.dense.Len(), b)
	p.up(p.DRows, n*p.E, b)
	return nil
}

// up fills the first n numbers of a buffer and gives what is left of b.
func (p *Partial) up(x tensor.Buffer, n int, b []byte) []byte {
	if v := tensor.HostData(x); v != nil {
		return b[copy(tensor.Bytes(v[:n]), b):]
	}
	v := make([]float32, n)
	b = b[copy(tensor.Bytes(v), b):]
	p.dev.Upload(x, v)
	return b
}

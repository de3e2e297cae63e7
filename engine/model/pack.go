package model

import (
	"bytes"
	"encoding/binary"

	"github.com/clove-ml/clove/engine/run/spec"
)

// Codes of b bits, 1 to 8, as every low-bit encoding packs them. A row stands for itself:
// it begins at a byte. Its codes are cut into planes, one for each power of two that b is
// made of, widest first: 4 bits are one plane, 5 are a plane of the low 4 bits and one of
// the highest. A plane of w bits is cut into blocks of 128/w codes, 16 bytes; the last
// may be shorter. In a block of n codes and L = ⌈n·w/8⌉ bytes
//
//	code i stands in byte i mod L, at bits w·⌊i/L⌋ and up; what is left over is 0
//
// so that a shift and a mask make of one vector of 16 bytes 16 neighbouring codes:
// of int4 the codes 0–15 from the low halves, 16–31 from the high ones.

// planes are the widths of the planes of b bits, widest first.
func planes(bits int) []int {
	var w []int
	for _, p := range []int{8, 4, 2, 1} {
		if bits&p != 0 {
			w = append(w, p)
		}
	}
	return w
}

// packedRow is the bytes of a row of cols codes.
func packedRow(cols, bits int) int {
	n := 0
	for w := 8; w > 0; w /= 2 {
		if bits&w != 0 {
			n += (cols*w + 7) / 8
		}
	}
	return n
}

// Pack packs codes [rows, cols] of b bits.
func Pack(codes []byte, rows, cols, bits int) []byte {
	out := make([]byte, rows*packedRow(cols, bits))
	at := 0
	for r := range rows {
		row, shift := codes[r*cols:(r+1)*cols], 0
		for _, w := range planes(bits) {
			mask := byte(1<<w - 1)
			eachBlock(cols, w, func(from, n, size int) {
				for i, c := range row[from : from+n] {
					out[at+i%size] |= (c >> shift & mask) << (w * (i / size))
				}
				at += size
			})
			shift += w
		}
	}
	return out
}

// Unpack is Pack's inverse for one row: dst [cols] of the row's bytes.
func Unpack(dst, row []byte, bits int) {
	clear(dst)
	at, shift := 0, 0
	for _, w := range [...]int{8, 4, 2, 1} {
		if bits&w == 0 {
			continue
		}
		full, mask := 128/w, byte(1<<w-1)
		for from := 0; from < len(dst); from += full {
			codes := dst[from:]
			if len(codes) > full {
				codes = codes[:full]
			}
			size := (len(codes)*w + 7) / 8
			from8, i := row[at:at+size], 0
			for many := uint64(mask) * 0x0101010101010101; i+8 <= size; i += 8 { // eight at once
				v, c := binary.LittleEndian.Uint64(from8[i:]), i
				for ; c+8 <= len(codes); c += size {
					to := codes[c:]
					binary.LittleEndian.PutUint64(to, binary.LittleEndian.Uint64(to)|v&many<<shift)
					v >>= w
				}
				for ; c < len(codes); c++ {
					codes[c] |= byte(v) & mask << shift
					v >>= 8
				}
			}
			for ; i < size; i++ {
				b := from8[i]
				for c := i; c < len(codes); c += size { // a byte's codes stand size apart
					codes[c] |= b & mask << shift
					b >>= w
				}
			}
			at += size
		}
		shift += w
	}
}

// narrow is room for the codes of a row that is no wider than a model's.
type narrow [spec.MaxWidth]byte

// codes is that room, or more where a vector is longer.
func (n *narrow) codes(cols int) []byte {
	if cols > len(n) {
		return make([]byte, cols)
	}
	return n[:cols]
}

// eachBlock calls f with the blocks of a plane: first code, number of codes, bytes.
func eachBlock(cols, width int, f func(from, n, size int)) {
	full := 128 / width
	for from := 0; from < cols; from += full {
		n := cols - from
		if n > full {
			n = full
		}
		f(from, n, (n*width+7)/8)
	}
}

// checkPacked says whether every code lies below limit and no bit is set beside the codes.
func checkPacked(packed []byte, rows, cols, bits, limit int) bool {
	n := packedRow(cols, bits)
	codes := make([]byte, cols)
	for r := range rows {
		row := packed[r*n : (r+1)*n]
		Unpack(codes, row, bits)
		for _, c := range codes {
			if int(c) >= limit {
				return false
			}
		}
		if !bytes.Equal(Pack(codes, 1, cols, bits), row) {
			return false
		}
	}
	return true
}

package model

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A kind is words with a space between: the first names the encoding, with its options
// after slashes; the encodings inside it follow. The four kinds that need no word in the
// file's metadata, since their tensors tell, are f32, int8, sparse f32 and sparse int8.

// reader takes the tensors of one parameter out of a file.
type reader struct {
	found map[string]Tensor
	param string
	words []string // of its kind, those not read yet
}

// readers by the word that a kind begins with, digits and options left out.
var readers map[string]func(r *reader, name string, shape []int, word string) (Encoding, error)

func init() { // they read encodings inside encodings, so the table needs itself
	readers = map[string]func(r *reader, name string, shape []int, word string) (Encoding, error){
		"f32": readF32, "f16": readHalf, "bf16": readHalf,
		"int8": readInts, "int4": readInts,
		"binary": readBinary, "sign": readBinary, "ternary": readTernary,
		"cluster": readClustered, "pq": readProduct, "lowrank": readLowRank,
		"sparse": readSparse, "huffman": readHuffman,
	}
}

// maxWords bounds a kind, and with it how deep encodings stand in encodings.
const maxWords = 8

// decode takes the tensors of a parameter out of found. Kind is what the metadata says; "": the tensors tell.
func decode(found map[string]Tensor, due NamedShape, kind string) (Encoding, error) {
	told := kind != ""
	if !told {
		own, ok := found[due.Name]
		if !ok {
			return nil, misshapen("it has no %s", due.Name)
		}
		kind = "f32"
		if own.DType == "I8" {
			kind = "int8"
		}
		if _, sparse := found[due.Name+bitmapSuffix]; sparse {
			kind = "sparse " + kind
		}
	}
	r := &reader{found, due.Name, strings.Split(kind, " ")}
	if len(r.words) > maxWords {
		return nil, unknownKind(due.Name, kind)
	}
	e, err := r.encoding(due.Name, due.Shape)
	if err != nil {
		return nil, err
	}
	if e.Kind() != kind {
		return nil, unknownKind(due.Name, kind)
	}
	return e, nil
}

// encoding reads the next one of the kind.
func (r *reader) encoding(name string, shape []int) (Encoding, error) {
	if len(r.words) == 0 {
		return nil, misshapen("the kind of %s ends too early", r.param)
	}
	word := r.words[0]
	r.words = r.words[1:]
	base, _, _ := strings.Cut(word, "/")
	read := readers[base]
	if read == nil {
		read = readers[strings.TrimRight(base, "0123456789")]
	}
	if read == nil {
		return nil, unknownKind(r.param, word)
	}
	return read(r, name, shape, word)
}

func unknownKind(param, kind string) error {
	return misshapen("%s is stored as %.60q, which this version of Clove does not know", param, kind)
}

// options are what follows a word's slashes.
func options(word string) []string { return strings.Split(word, "/")[1:] }

// number is what follows prefix in the first part of a word; −1 where there is none.
func number(word, prefix string) int {
	first, _, _ := strings.Cut(word, "/")
	digits, ok := strings.CutPrefix(first, prefix)
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n < 0 {
		return -1
	}
	return n
}

// take is a tensor's bytes, if it is of this type and shape.
func (r *reader) take(name, dtype string, shape ...int) ([]byte, error) {
	t, ok := r.found[name]
	if !ok {
		return nil, misshapen("%s lacks its %s", r.param, name)
	}
	if t.DType != dtype || !slices.Equal(t.Shape, shape) {
		return nil, misshapen("%s is %s %v, where its config wants %s %v", name, t.DType, t.Shape, dtype, shape)
	}
	delete(r.found, name)
	return t.Data, nil
}

// length of a vector; 0 where there is none of that name.
func (r *reader) length(name string) int {
	if t := r.found[name]; len(t.Shape) == 1 {
		return t.Shape[0]
	}
	return 0
}

// packed is a copy of packed codes of b bits, each below limit.
func (r *reader) packed(name string, rows, cols, bits, limit int) ([]byte, error) {
	return r.takePacked(name, []int{rows, packedRow(cols, bits)}, rows, cols, bits, limit)
}

func (r *reader) takePacked(name string, shape []int, rows, cols, bits, limit int) ([]byte, error) {
	b, err := r.take(name, "U8", shape...)
	if err != nil {
		return nil, err
	}
	if !checkPacked(b, rows, cols, bits, limit) {
		return nil, corrupt("%s holds a code that is out of bounds, or bits beside its codes", name)
	}
	return slices.Clone(b), nil
}

// magnitudes are the float16 scales of rows of ±α.
func (r *reader) magnitudes(name string, rows int) ([]float32, error) {
	b, err := r.take(name+scaleSuffix, "F16", rows)
	if err != nil {
		return nil, err
	}
	v := bytesHalf(b)
	for i, a := range v {
		if !finite(v[i:i+1]) || a < 0 || b[2*i+1] == 0x80 {
			return nil, corrupt("the scale of row %d of %s is %g", i, name, a)
		}
	}
	return v, nil
}

// rowOf decodes row r of an encoding of rows as long as dst. One that can't decode a row alone is decoded whole.
func rowOf(e Encoding, dst []float32, r int) {
	switch e := e.(type) {
	case F32:
		copy(dst, e[r*len(dst):])
	case Rows:
		e.Row(dst, r)
	}
}

// sorted puts tensors in name order.
func sorted(t []Tensor) []Tensor {
	slices.SortFunc(t, func(a, b Tensor) int { return cmp.Compare(a.Name, b.Name) })
	return t
}

// kinds is what the metadata says of those parameters whose tensors alone don't tell; nil when they all do.
func (m *Model) kinds() map[string]string {
	var k map[string]string
	for _, p := range m.Params {
		if kind := p.Enc.Kind(); !tells(kind) {
			if k == nil {
				k = map[string]string{}
			}
			k[p.Name] = kind
		}
	}
	return k
}

// tells says whether a kind's tensors tell it.
func tells(kind string) bool {
	return slices.Contains([]string{"f32", "int8", "sparse f32", "sparse int8"}, kind)
}

// below are the names in found of a parameter or of a part of it, in order.
func (r *reader) below(name string) []string {
	var list []string
	for _, n := range slices.Sorted(maps.Keys(r.found)) {
		if n == name || strings.HasPrefix(n, name+".") {
			list = append(list, n)
		}
	}
	return list
}

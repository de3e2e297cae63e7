package model

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// The file, safetensors (https://huggingface.co/docs/safetensors):
//
//	8 bytes    little-endian length n of the header
//	n bytes    JSON {"__metadata__":{string:string}, name:{"dtype","shape","data_offsets":[from,to]}, …}
//	the rest   the tensors, row-major, little-endian
//
// We write the names in order and pad the header with spaces to a multiple of 8.
// The tensors themselves lie widest type first, then by name, so that each begins
// at a multiple of its own width, with no hole between them. We read any order, and
// refuse what the format forbids: holes, overlaps, names given twice, bytes left over.

// maxHeader bounds the header, whose greatest part is the vocabulary:
// 200,000 tokens of 40 bytes fit twice.
const maxHeader = 16 << 20

// Tensor is an array of a file.
type Tensor struct {
	Name  string
	DType string // F32, I8, U8, I64
	Shape []int
	Data  []byte // little-endian
}

// widths are the bytes of an element of each type that we know.
var widths = map[string]int{
	"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4,
	"F16": 2, "BF16": 2, "I16": 2, "U16": 2, "I8": 1, "U8": 1, "BOOL": 1,
}

type entry struct {
	DType  string   `json:"dtype"`
	Shape  []int    `json:"shape"`
	Offset [2]int64 `json:"data_offsets"`
}

// maxTensor bounds the bytes of a tensor, so that no product of lengths can wrap.
const maxTensor = 1 << 40

// size is the bytes that a tensor of this type and shape takes; false when it knows no
// such type or the product is beyond all bounds.
func size(dtype string, shape []int) (int64, bool) {
	n, known := int64(widths[dtype]), widths[dtype] > 0
	empty := false
	for _, d := range shape {
		switch {
		case d < 0:
			return 0, false
		case d == 0:
			empty = true
		case n > maxTensor/int64(d):
			return 0, false
		default:
			n *= int64(d)
		}
	}
	if empty {
		n = 0
	}
	return n, known
}

// WriteTensors is the file of these tensors, which it sorts. It panics on a tensor whose
// bytes are not its shape's and on two of one name: a programmer's errors.
func WriteTensors(meta map[string]string, tensors []Tensor) []byte {
	for _, t := range tensors {
		if n, ok := size(t.DType, t.Shape); !ok || n != int64(len(t.Data)) {
			panic(fmt.Sprintf("model: tensor %q: %d bytes for %s %v", t.Name, len(t.Data), t.DType, t.Shape))
		}
	}
	head, order, total := layout(meta, tensors)
	out := make([]byte, 0, 8+len(head)+int(total))
	out = binary.LittleEndian.AppendUint64(out, uint64(len(head)))
	out = append(out, head...)
	for _, i := range order {
		out = append(out, tensors[i].Data...)
	}
	return out
}

// layout is the padded header, the tensors in the order of their bytes, and the sum of these.
func layout(meta map[string]string, tensors []Tensor) (head []byte, order []int, total int64) {
	order = make([]int, len(tensors))
	for i := range order {
		order[i] = i
	}
	byName := slices.Clone(order)
	slices.SortFunc(byName, func(a, b int) int { return cmp.Compare(tensors[a].Name, tensors[b].Name) })
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(widths[tensors[b].DType], widths[tensors[a].DType]), cmp.Compare(tensors[a].Name, tensors[b].Name))
	})
	entries := make([]entry, len(tensors))
	for _, i := range order {
		n, _ := size(tensors[i].DType, tensors[i].Shape)
		entries[i] = entry{tensors[i].DType, tensors[i].Shape, [2]int64{total, total + n}}
		if entries[i].Shape == nil {
			entries[i].Shape = []int{}
		}
		total += n
	}

	head = append(head, '{')
	if len(meta) > 0 {
		head = append(head, `"__metadata__":{`...)
		keys := make([]string, 0, len(meta))
		for k := range meta {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for i, k := range keys {
			if i > 0 {
				head = append(head, ',')
			}
			head = append(append(head, plainJSON(k)...), ':')
			head = append(head, plainJSON(meta[k])...)
		}
		head = append(head, '}')
	}
	for i, j := range byName {
		if i > 0 && tensors[j].Name == tensors[byName[i-1]].Name {
			panic(fmt.Sprintf("model: two tensors are called %q", tensors[j].Name))
		}
		if len(head) > 1 {
			head = append(head, ',')
		}
		head = append(append(head, plainJSON(tensors[j].Name)...), ':')
		head = append(head, plainJSON(entries[j])...)
	}
	head = append(head, '}')
	for len(head)%8 != 0 {
		head = append(head, ' ')
	}
	return head, order, total
}

// plainJSON is v without the escapes that only HTML needs: <unk> stays five bytes.
func plainJSON(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // strings and an entry always marshal
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// ReadTensors reads a safetensors file. The tensors share b's memory and are in name order.
// Every failure is an *Error of code Corrupt.
func ReadTensors(b []byte) (meta map[string]string, tensors []Tensor, err error) {
	if len(b) < 8 {
		return nil, nil, corrupt("it has %d bytes, fewer than a header takes", len(b))
	}
	n := binary.LittleEndian.Uint64(b)
	if n > maxHeader {
		return nil, nil, corrupt("its header claims %d bytes, more than the %d allowed; perhaps it is no safetensors file", n, maxHeader)
	}
	if n > uint64(len(b)-8) {
		return nil, nil, corrupt("its header claims %d bytes, but only %d follow", n, len(b)-8)
	}
	head, data := b[8:8+n], b[8+n:]
	if !utf8.Valid(head) {
		return nil, nil, corrupt("its header is not UTF-8")
	}
	entries, meta, err := readHeader(head)
	if err != nil {
		return nil, nil, err
	}
	names := make([]string, 0, len(entries))
	for name := range entries {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		x, y := entries[a], entries[b]
		return cmp.Or(cmp.Compare(x.Offset[0], y.Offset[0]), cmp.Compare(x.Offset[1], y.Offset[1]), cmp.Compare(a, b))
	})
	var at int64
	for _, name := range names {
		e := entries[name]
		from, to := e.Offset[0], e.Offset[1]
		want, ok := size(e.DType, e.Shape)
		switch {
		case widths[e.DType] == 0:
			return nil, nil, corrupt("tensor %q has the unknown type %q", name, e.DType)
		case from != at:
			return nil, nil, corrupt("tensor %q begins at byte %d, where %d was due: a hole or an overlap", name, from, at)
		case to < from || to > int64(len(data)):
			return nil, nil, corrupt("tensor %q ends at byte %d of %d", name, to, len(data))
		case !ok || want != to-from:
			return nil, nil, corrupt("tensor %q has %d bytes, which is not %s %v", name, to-from, e.DType, e.Shape)
		}
		tensors = append(tensors, Tensor{name, e.DType, e.Shape, data[from:to:to]})
		at = to
	}
	if at != int64(len(data)) {
		return nil, nil, corrupt("%d bytes are left over after the last tensor", int64(len(data))-at)
	}
	slices.SortFunc(tensors, func(a, b Tensor) int { return cmp.Compare(a.Name, b.Name) })
	return meta, tensors, nil
}

// readHeader goes key by key, since a plain Unmarshal would let a second tensor of one name hide the first.
func readHeader(head []byte) (map[string]entry, map[string]string, error) {
	d := json.NewDecoder(bytes.NewReader(head))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, nil, corrupt("its header is not a JSON object")
	}
	entries, meta := map[string]entry{}, map[string]string(nil)
	for d.More() {
		t, err := d.Token()
		name, isText := t.(string)
		if err != nil || !isText {
			return nil, nil, corrupt("its header is not valid JSON")
		}
		_, twice := entries[name]
		if name == "__metadata__" {
			twice = meta != nil
			err = d.Decode(&meta)
			if meta == nil {
				meta = map[string]string{}
			}
		} else {
			var e entry
			err = d.Decode(&e)
			entries[name] = e
		}
		if err != nil {
			return nil, nil, corrupt("its header is unreadable at %q: %v", name, err)
		}
		if twice {
			return nil, nil, corrupt("its header names %q twice", name)
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, nil, corrupt("its header ends too early")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, nil, corrupt("something follows its header's JSON")
	}
	return entries, meta, nil
}

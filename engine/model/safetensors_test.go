package model

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	peer "github.com/nlpodyssey/safetensors"
	"pgregory.net/rapid"
)

func TestTensorsSurviveTheirFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []Tensor
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z_."\\<é]{1,8}`), 0, 6, rapid.ID[string]).Draw(t, "names")
		for _, name := range names {
			dtype := rapid.SampledFrom([]string{"F32", "I8", "U8", "I64", "F16"}).Draw(t, "dtype")
			shape := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 3).Draw(t, "shape")
			n, _ := size(dtype, shape)
			want = append(want, Tensor{name, dtype, shape, rapid.SliceOfN(rapid.Byte(), int(n), int(n)).Draw(t, "data")})
		}
		meta := rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "meta")
		file := WriteTensors(meta, want)
		gotMeta, got, err := ReadTensors(file)
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(want, func(a, b Tensor) int { return strings.Compare(a.Name, b.Name) })
		for i := range want {
			if want[i].Name != got[i].Name || want[i].DType != got[i].DType ||
				!slices.Equal(want[i].Shape, got[i].Shape) || !slices.Equal(want[i].Data, got[i].Data) {
				t.Fatalf("%+v came back as %+v", want[i], got[i])
			}
		}
		if len(got) != len(want) || !maps.Equal(meta, gotMeta) {
			t.Fatalf("metadata %q came back as %q", meta, gotMeta)
		}
		slices.Reverse(want)
		if again := WriteTensors(meta, want); !slices.Equal(file, again) {
			t.Fatal("another order of the tensors wrote another file")
		}
	})
}

func TestAnotherReaderSeesTheSameFile(t *testing.T) {
	for name, m := range inEveryEncoding(small(t, 50, 6, 5)) {
		file := m.Bytes()
		st, err := peer.Deserialize(file)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, want, err := ReadTensors(file)
		if err != nil {
			t.Fatal(err)
		}
		if st.Len() != len(want) {
			t.Errorf("%s: it sees %d tensors of %d", name, st.Len(), len(want))
		}
		for _, w := range want {
			got, ok := st.Tensor(w.Name)
			if !ok {
				t.Errorf("%s: it finds no %s", name, w.Name)
				continue
			}
			var shape []int
			for _, d := range got.Shape() {
				shape = append(shape, int(d))
			}
			if got.DType().String() != w.DType || !slices.Equal(shape, w.Shape) || !slices.Equal(got.Data(), w.Data) {
				t.Errorf("%s: %s is %v %v for it, %s %v for us", name, w.Name, got.DType(), shape, w.DType, w.Shape)
			}
		}
		_, head, err := peer.ReadMetadata(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m.meta(), head.Metadata()); diff != "" {
			t.Errorf("%s: metadata: %s", name, diff)
		}
	}
}

func TestWeReadWhatAnotherWriterWrote(t *testing.T) {
	a, err := peer.NewTensorView(peer.F32, []uint64{2, 1}, []byte{1, 2, 3, 4, 5, 6, 7, 8})
	if err != nil {
		t.Fatal(err)
	}
	b, err := peer.NewTensorView(peer.I8, []uint64{3}, []byte{7, 8, 9})
	if err != nil {
		t.Fatal(err)
	}
	file, err := peer.Serialize(map[string]peer.TensorView{"b": b, "a": a}, map[string]string{"who": "peer"})
	if err != nil {
		t.Fatal(err)
	}
	meta, got, err := ReadTensors(file)
	if err != nil {
		t.Fatal(err)
	}
	want := []Tensor{{"a", "F32", []int{2, 1}, []byte{1, 2, 3, 4, 5, 6, 7, 8}}, {"b", "I8", []int{3}, []byte{7, 8, 9}}}
	if diff := cmp.Diff(want, got); diff != "" || meta["who"] != "peer" {
		t.Errorf("metadata %v, tensors %s", meta, diff)
	}
}

func TestTheDataIsAlignedAndTheHeaderSorted(t *testing.T) {
	file := inEveryEncoding(small(t, 51, 7, 3))["sparse int8"].Bytes()
	n := binary.LittleEndian.Uint64(file)
	if n%8 != 0 {
		t.Errorf("the header has %d bytes, no multiple of 8", n)
	}
	var head map[string]entry
	raw := map[string]json.RawMessage{}
	if err := json.Unmarshal(file[8:8+n], &raw); err != nil {
		t.Fatal(err)
	}
	delete(raw, "__metadata__")
	b, _ := json.Marshal(raw)
	if err := json.Unmarshal(b, &head); err != nil {
		t.Fatal(err)
	}
	var names []string
	for name, e := range head {
		names = append(names, name)
		if e.Offset[0]%int64(widths[e.DType]) != 0 {
			t.Errorf("%s, %s, begins at %d", name, e.DType, e.Offset[0])
		}
	}
	slices.SortFunc(names, func(x, y string) int {
		return strings.Index(string(file), `"`+x+`":`) - strings.Index(string(file), `"`+y+`":`)
	})
	if !slices.IsSorted(names) {
		t.Errorf("the header lists %q", names)
	}
}

// raw is a file with any header, true or not.
func raw(head string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(head)))
	return append(append(b, head...), make([]byte, data)...)
}

func TestADamagedFileIsRefusedWithTheReason(t *testing.T) {
	one := `"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"empty":                {nil, "0 bytes"},
		"seven bytes":          {make([]byte, 7), "7 bytes"},
		"a header beyond all":  {slices.Repeat([]byte{0xff}, 64), "more than the"},
		"a header cut off":     {raw("{"+one+"}", 8)[:20], "only 12 follow"},
		"no JSON":              {raw("hello", 0), "JSON object"},
		"a list":               {raw("[]", 0), "JSON object"},
		"half a JSON":          {raw(`{"a":{"dtype":"F32"`, 0), "unreadable"},
		"no UTF-8":             {raw("{\"\xff\":1}", 0), "UTF-8"},
		"something after":      {raw("{"+one+"} {}", 8), "follows"},
		"metadata of numbers":  {raw(`{"__metadata__":{"a":1}}`, 0), "__metadata__"},
		"metadata twice":       {raw(`{"__metadata__":{},"__metadata__":{}}`, 0), "twice"},
		"a name twice":         {raw("{"+one+","+one+"}", 8), "twice"},
		"an unknown type":      {raw(`{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,8]}}`, 8), "unknown type"},
		"too few bytes":        {raw("{"+one+"}", 7), "ends at byte 8 of 7"},
		"bytes left over":      {raw("{"+one+"}", 9), "left over"},
		"a hole":               {raw(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8), "hole"},
		"an overlap":           {raw(`{`+one+`,"b":{"dtype":"I8","shape":[5],"data_offsets":[4,9]}}`, 9), "overlap"},
		"a shape not its size": {raw(`{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}`, 8), "not F32 [3]"},
		"a product that wraps": {raw(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, 0), "not F32"},
		"a negative length":    {raw(`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,8]}}`, 8), "not F32"},
		"offsets backwards":    {raw(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,-4]}}`, 0), "ends at"},
	} {
		_, _, err := ReadTensors(c.file)
		var e *Error
		if !errors.As(err, &e) || e.Code != Corrupt || !strings.Contains(e.Message, c.want) {
			t.Errorf("%s: %v, want %s with %q", name, err, Corrupt, c.want)
		}
	}
}

func TestTensorsWithoutValuesAndScalarsAreAllowed(t *testing.T) {
	file := WriteTensors(nil, []Tensor{{"empty", "F32", []int{0, 5}, nil}, {"one", "F32", nil, make([]byte, 4)}})
	_, got, err := ReadTensors(file)
	if err != nil || len(got) != 2 || len(got[0].Data) != 0 || len(got[1].Data) != 4 {
		t.Errorf("%v %v", got, err)
	}
}

func FuzzReadTensors(f *testing.F) {
	f.Add([]byte{})
	f.Add(raw(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8))
	f.Add(WriteTensors(map[string]string{"k": "v"}, []Tensor{{"x", "I8", []int{3}, []byte{1, 2, 3}}, {"y", "F32", []int{}, make([]byte, 4)}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		meta, tensors, err := ReadTensors(b)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("%v is no *Error", err)
			}
			return
		}
		again, same, err := ReadTensors(WriteTensors(meta, tensors))
		if err != nil || !maps.Equal(meta, again) || len(same) != len(tensors) {
			t.Fatalf("what was read can't be written: %v", err)
		}
	})
}

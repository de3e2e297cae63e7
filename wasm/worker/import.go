package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
	"github.com/clove-ml/clove/wasm/store"
)

// maxModel bounds a model's file: the widest Spec's is below.
const maxModel = 2 << 30

func (w *worker) importFile(ctx context.Context, q protocol.Import, f File) (result, error) {
	if f == nil {
		return result{}, problem("internal", "an import without a file")
	}
	if f.Size() == 0 {
		return result{}, &protocol.Problem{Code: "data_empty", Message: q.Name + ": the file is empty", Args: []string{q.Name}}
	}
	isModel, err := looksLikeModel(q.Name, f)
	switch {
	case err != nil:
		return result{}, problem("file_unreadable", "%s: %v", q.Name, err)
	case q.Run != "":
		return w.importAgain(ctx, q, f)
	case isModel:
		return w.importModel(ctx, q, f)
	}
	return w.importTexts(ctx, q, f)
}

// looksLikeModel tells a safetensors file by its name, or by its beginning: the
// length of a header that fits in the file, then a brace.
func looksLikeModel(name string, f File) (bool, error) {
	if strings.HasSuffix(strings.ToLower(name), ".safetensors") {
		return true, nil
	}
	head := make([]byte, 9)
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return false, err
	}
	return n == 9 && head[8] == '{' && binary.LittleEndian.Uint64(head) <= uint64(f.Size()-8), nil
}

// importTexts reads labelled texts as the settings say. The Spec that comes back
// names the file by its SHA-256, under which the worker finds it as long as the tab lives.
func (w *worker) importTexts(ctx context.Context, q protocol.Import, f File) (result, error) {
	s := q.Spec
	s.Data.Source, s.Data.Path, s.Data.SHA256 = "file", "", ""
	if err := s.Validate(); err != nil {
		return result{}, err
	}
	src, err := openFile(q.Name, f, s)
	if err != nil {
		return result{}, err
	}
	tell := w.tellReading()
	end, err := w.reading.begin(ctx, tell)
	if err != nil {
		return result{}, err
	}
	defer end()
	w.keepTexts("", nil)
	env := run.Env{Open: opens(src, q.Name), Now: w.m.Now, Yield: w.m.Yield}
	enc, _, err := run.Describe(ctx, s, env, w.reading.heard(tell))
	if err != nil {
		return result{}, err
	}
	s.Data.SHA256 = enc.SHA256
	if s.Data.SHA256 == "" {
		if s.Data.SHA256, err = w.sum(ctx, f); err != nil {
			return result{}, problem("file_unreadable", "%s: %v", q.Name, err)
		}
	}
	w.mu.Lock()
	w.files[s.Data.SHA256] = dropped{f, q.Name}
	w.mu.Unlock()
	w.keepTexts(s.DataID(), enc)
	return result{body: protocol.Imported{Data: &protocol.Described{Spec: s, Facts: run.Facts(enc, s)}}}, nil
}

// importAgain takes the file that a run asks for, if it is the same one.
func (w *worker) importAgain(ctx context.Context, q protocol.Import, f File) (result, error) {
	r, err := w.store.Run(ctx, q.Run)
	if err != nil {
		return result{}, err
	}
	sum, err := w.sum(ctx, f)
	if err != nil {
		return result{}, problem("file_unreadable", "%s: %v", q.Name, err)
	}
	if want := r.Spec.Data.SHA256; sum != want {
		return result{}, &protocol.Problem{
			Code:    "data_other_file",
			Message: fmt.Sprintf("%s is another file: its SHA-256 is %.12s…, the run's is %.12s…", q.Name, sum, want),
			Args:    []string{q.Name, r.File},
		}
	}
	w.mu.Lock()
	w.files[sum] = dropped{f, q.Name}
	w.mu.Unlock()
	return result{body: protocol.Imported{Data: &protocol.Described{Spec: r.Spec, Facts: r.Facts}}, then: w.changed}, nil
}

// importModel keeps a model's file as a run without data.
func (w *worker) importModel(ctx context.Context, q protocol.Import, f File) (result, error) {
	if f.Size() > maxModel {
		return result{}, problem("model_corrupt", "%s: no model that Clove makes has %d bytes", q.Name, f.Size())
	}
	b := make([]byte, f.Size())
	if _, err := io.ReadFull(io.NewSectionReader(f, 0, f.Size()), b); err != nil {
		return result{}, problem("file_unreadable", "%s: %v", q.Name, err)
	}
	m, err := model.Read(b)
	if err != nil {
		return result{}, err
	}
	return w.keepModel(ctx, q.Name, b, m)
}

// keepModel makes a run of a model's file.
func (w *worker) keepModel(ctx context.Context, name string, b []byte, m *model.Model) (result, error) {
	rec, v := w.recordOf(newID(), name, b, m)
	change := store.Change{Models: map[string][]byte{v.ID: b}, Variants: []spec.Variant{v}}
	if err := w.store.Save(ctx, &rec, change); err != nil {
		return result{}, err
	}
	o, err := w.opened(ctx, rec.Summary.Run)
	if err != nil {
		return result{}, err
	}
	return result{body: protocol.Imported{Model: &o}, then: w.changed}, nil
}

// recordOf is a model's file as the run of that id, which has no data.
func (w *worker) recordOf(id, name string, b []byte, m *model.Model) (store.Run, spec.Variant) {
	v := spec.Variant{
		ID: id + "/original", Name: "original", Pipeline: m.Config.Pipeline,
		FileBytes: len(b), Parts: m.Parts(), SHA256: m.SHA256(),
	}
	rec := store.Run{
		Spec: m.Config.Spec, File: name,
		Facts: spec.Facts{Labels: m.Config.Labels, Vocabulary: m.Vocab.Size(), Layers: m.Layers(), FileBytes: len(b)},
		Summary: protocol.RunSummary{
			Run: id, Source: m.Config.Spec.Data.Source, Created: w.m.Now().Unix(), State: "done", FileBytes: len(b),
			Epochs: m.Config.Spec.Train.Epochs,
		},
	}
	rec.Summary.Name = describeRun(rec)
	return rec, v
}

// sum is a file's SHA-256, hex, read in pieces.
func (w *worker) sum(ctx context.Context, f File) (string, error) {
	h := sha256.New()
	tell := w.tellReading()
	r := io.NewSectionReader(f, 0, f.Size())
	buffer := make([]byte, 1<<20)
	for done := int64(0); ; {
		n, err := r.Read(buffer)
		hashPieces(h, buffer[:n], w.m.Yield)
		done += int64(n)
		tell(spec.Reading{Bytes: done, Total: f.Size()})
		if err == io.EOF {
			return hex.EncodeToString(h.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
		if err := ctx.Err(); err != nil {
			return "", err
		}
	}
}

// hashPieces yields between pieces that take about a millisecond.
func hashPieces(h hash.Hash, b []byte, yield func()) {
	const piece = 64 << 10
	for len(b) > 0 {
		n := min(piece, len(b))
		h.Write(b[:n])
		b = b[n:]
		yield()
	}
}

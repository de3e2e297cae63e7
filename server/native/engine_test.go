package native

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/server"
)

// small is a run of a second or so.
func small() spec.Spec {
	s, _ := spec.Preset("reviews")
	s.Data.Limit = 600
	s.Model.Embedding, s.Model.Hidden = 8, 8
	s.Train.Epochs = 3
	return s
}

// long lasts until somebody stops it, also where the engine is fast and the test is not.
func long(epochs int) spec.Spec {
	s := small()
	s.Train.Epochs = epochs
	return s
}

// alone is what the Spec gives without a server.
func alone(t *testing.T, s spec.Spec) (string, *run.Result) {
	t.Helper()
	res, err := run.Run(t.Context(), s, run.Env{Open: Sets{}.Open, Device: Device()}, func(spec.Event) {})
	if err != nil {
		t.Fatal(err)
	}
	return res.Model.SHA256(), res
}

// client speaks with a server over HTTP.
type client struct {
	t   *testing.T
	url string
}

func serve(t *testing.T, state string) (*server.Server, client) {
	t.Helper()
	s, err := server.New(server.Options{State: state, Engine: &Engine{Workers: 2}})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	t.Cleanup(func() { s.Stop(); h.Close() })
	return s, client{t, h.URL}
}

func (c client) begin(s spec.Spec, query string) string {
	c.t.Helper()
	resp, err := http.Post(c.url+"/api/runs"+query, "application/json", strings.NewReader(string(s.JSON())))
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	var body struct{ Run string }
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil || body.Run == "" {
		c.t.Fatalf("%s, %v", resp.Status, err)
	}
	return body.Run
}

// events gives the run's events to each until it returns false or they end.
func (c client) events(id string, each func(spec.Event) bool) {
	c.t.Helper()
	resp, err := http.Get(c.url + "/api/runs/" + id + "/events")
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		line, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		e, err := spec.Decode([]byte(line))
		if err != nil {
			c.t.Fatal(err)
		}
		if !each(e) {
			return
		}
	}
}

// done waits for the end and gives its event.
func (c client) done(id string) spec.Done {
	c.t.Helper()
	var last spec.Event
	c.events(id, func(e spec.Event) bool { last = e; return true })
	d, ok := last.(spec.Done)
	if !ok {
		c.t.Fatalf("the run ended with %+v", last)
	}
	return d
}

func TestTheServerTrainsToTheSameWeights(t *testing.T) {
	want, res := alone(t, small())
	_, c := serve(t, t.TempDir())
	if got := c.done(c.begin(small(), "")); got.SHA256 != want {
		t.Errorf("by name: %s, want %s", got.SHA256, want)
	}

	// The same texts sent, as the page sends those of a dropped file.
	body, err := res.Encoded.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(body)
	sum := hex.EncodeToString(digest[:])
	put, err := http.NewRequest("PUT", c.url+"/api/data/"+sum, strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(put)
	if err != nil || resp.StatusCode != http.StatusNoContent {
		t.Fatalf("%v, %v", resp, err)
	}
	sent := small()
	sent.Data.Source = "file"
	if got := c.done(c.begin(sent, "?data="+sum)); got.SHA256 != want {
		t.Errorf("sent: %s, want %s", got.SHA256, want)
	}
}

func TestARunGoesOnAfterItsServerStoppedToTheSameWeights(t *testing.T) {
	whole := long(100)
	want, _ := alone(t, whole)
	state := t.TempDir()
	s, c := serve(t, state)
	id := c.begin(whole, "")
	c.events(id, func(e spec.Event) bool { return e.Kind() != "step" }) // it is in the midst of it
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(state, "runs", id, "checkpoint")); err != nil {
		t.Fatalf("no checkpoint: %v", err)
	}
	_, c = serve(t, state)
	if got := c.done(id); got.SHA256 != want {
		t.Errorf("%s, want %s", got.SHA256, want)
	}
}

func TestCancelEndsARealRun(t *testing.T) {
	_, c := serve(t, t.TempDir())
	id := c.begin(long(spec.MaxEpochs), "")
	var last spec.Event
	c.events(id, func(e spec.Event) bool {
		if e.Kind() == "started" {
			resp, err := http.Post(c.url+"/api/runs/"+id+"/cancel", "", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
		}
		last = e
		return true
	})
	if f, ok := last.(spec.Failed); !ok || f.Code != "cancelled" {
		t.Errorf("it ends with %+v", last)
	}
}

func TestDataThatIsNoDataFailsTheRun(t *testing.T) {
	e := &Engine{}
	if _, err := e.Train(t.Context(), server.Job{Spec: small(), Encoded: []byte("no texts"), Sink: func(spec.Event) {}}); err == nil {
		t.Error("it trained on them")
	}
}

func TestSetsAreFoundByNameWhereverTheyLie(t *testing.T) {
	dir := t.TempDir()
	write := func(name, body string) {
		t.Helper()
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	names := func(s Sets) []string {
		var all []string
		for _, f := range s.List() {
			all = append(all, f.Name)
		}
		return all
	}
	if got := names(Sets{Packed: dir, Own: dir}); !slices.Equal(got, []string{"reviews"}) {
		t.Errorf("an empty folder offers %v", got)
	}
	write("packed/mail.tsv", "ham\thello\n")
	write("published/train/pos/0_9.txt", "good")
	write("published/test/pos/0_9.txt", "good")
	write("parent/aclImdb/train/pos/0_9.txt", "good")
	write("imported/imdb/train.tsv", "pos\tgood\n")
	for _, own := range []string{"published", "parent", "imported"} {
		s := Sets{Packed: filepath.Join(dir, "packed"), Own: filepath.Join(dir, own)}
		if got := names(s); !slices.Equal(got, []string{"reviews", "mail", "imdb"}) {
			t.Errorf("%s offers %v", own, got)
		}
		imdb, _ := spec.Preset("imdb")
		if _, _, err := s.Open(t.Context(), imdb); err != nil {
			t.Errorf("%s: %v", own, err)
		}
	}
	for source, advice := range map[string]string{"names": "make build", "imdb": "clove data import"} {
		s := spec.Default()
		s.Data.Source = source
		if _, _, err := (Sets{Packed: dir, Own: dir}).Open(t.Context(), s); err == nil || !strings.Contains(err.Error(), advice) {
			t.Errorf("%s: %v", source, err)
		}
	}
}

func TestEncodeForReadsAsTheModelDoes(t *testing.T) {
	s := small()
	_, res := alone(t, s)
	enc, err := EncodeFor(context.Background(), res.Model, Sets{}, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, parts := range map[string][2]data.Part{
		"train": {enc.Train, res.Encoded.Train}, "validation": {enc.Valid, res.Encoded.Valid}, "test": {enc.Test, res.Encoded.Test},
	} {
		if !slices.Equal(parts[0].IDs, parts[1].IDs) || !slices.Equal(parts[0].Labels, parts[1].Labels) || !slices.Equal(parts[0].Offsets, parts[1].Offsets) {
			t.Errorf("%s differs from what the model was trained on", name)
		}
	}
	if got, want := enc.Facts.Unknown, res.Encoded.Facts.Unknown; got != want {
		t.Errorf("%g of the words are unknown, want %g", got, want)
	}
}

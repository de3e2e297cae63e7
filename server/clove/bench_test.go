package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
)

func TestBenchSaysAllThatItMeasuredAsJSON(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	r := clove(t, "", "bench", "--json", "--threads", "2", "--seconds", "0.001", "--arithmetic", "both")
	if r.code != 0 {
		t.Fatalf("%d: %s", r.code, r.err)
	}
	if got := runtime.GOMAXPROCS(0); got != before {
		t.Errorf("it left %d cores, found %d", got, before)
	}
	// Read as somebody else would: by the names that the issue gives.
	var b struct {
		Workloads []map[string]any
		Ceiling   map[string]float64
		Kernels   []map[string]any
		Cores     int
		CPU, Go   string
	}
	if err := json.Unmarshal([]byte(r.out), &b); err != nil {
		t.Fatal(err)
	}
	_, fast := tensor.FastOf(tensor.Best(tensor.GenericOptions{}))
	var want, got []string
	for _, a := range map[bool][]string{false: {spec.Strict}, true: {spec.Strict, spec.Fast}}[fast] {
		want = append(want, "W small 1 "+a, "W small 2 "+a, "W medium 1 "+a, "W medium 2 "+a)
	}
	for _, w := range b.Workloads {
		got = append(got, fmt.Sprint(w["workload"], " ", w["size"], " ", w["threads"], " ", w["arithmetic"]))
		for _, name := range []string{"train_seq_s", "infer_seq_s", "latency_ms", "cold_ms"} {
			if x, ok := w[name].(float64); !ok || x <= 0 {
				t.Errorf("%v: %s is %v", w["size"], name, w[name])
			}
		}
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("measured %q, want %q", got, want)
	}
	if b.Cores != 2 || b.CPU == "" || b.Go == "" || b.Ceiling["read_gb_s"] <= 0 || len(b.Kernels) < 5 {
		t.Errorf("%d cores, cpu %q, go %q, ceiling %v, %d kernels", b.Cores, b.CPU, b.Go, b.Ceiling, len(b.Kernels))
	}
	if !fast && !strings.Contains(r.err, "strict alone is measured") {
		t.Errorf("that there is no fast is not said: %q", r.err)
	}
}

func TestBenchOnOneThreadMeasuresNoOther(t *testing.T) {
	r := clove(t, "", "bench", "--threads", "1", "--seconds", "0.001")
	if r.code != 0 {
		t.Fatalf("%d: %s", r.code, r.err)
	}
	for _, part := range []string{"1 core at most", "small   strict         1", "Gemm, all shapes", "LSTMBackward", "GB/s"} {
		if !strings.Contains(r.out, part) {
			t.Errorf("the table lacks %q:\n%s", part, r.out)
		}
	}
	if strings.Contains(r.out, "strict         2") {
		t.Errorf("two threads were measured:\n%s", r.out)
	}
}

func TestFiguresOfTheBenchHaveThreeDigits(t *testing.T) {
	for x, want := range map[float64]string{0: "–", 0.123456: "0.12", 9.994: "9.99", 12.34: "12.3", 123.6: "124", 12345.6: "12,346"} {
		if got := figure(x); got != want {
			t.Errorf("figure(%g) is %q, want %q", x, got, want)
		}
	}
}

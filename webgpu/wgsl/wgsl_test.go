package wgsl

import (
	"os"
	"strings"
	"testing"
)

func TestEveryKernelSaysWhatItComputesAndIsShippedWithoutWords(t *testing.T) {
	names := Names()
	if len(names) < 10 {
		t.Fatalf("only %d kernels", len(names))
	}
	for _, name := range names {
		text, err := os.ReadFile(name + ".wgsl")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(text), "// ") {
			t.Errorf("%s begins with no words on what it computes", name)
		}
		if s := Source(name, 0); strings.Contains(s, "//") || !strings.Contains(s, "fn main(") || !strings.Contains(s, "struct P {") {
			t.Errorf("%s is shipped as %q", name, s)
		}
	}
}

func TestAKernelThatLeavesItOpenIsAsWideAsItIsTold(t *testing.T) {
	for _, name := range []string{"lstm_forward", "lstm_backward"} {
		if s := Source(name, 256); !strings.Contains(s, "const wide = 256u;") || strings.Contains(s, "const wide = 64u;") {
			t.Errorf("%s is not 256 wide", name)
		}
	}
}

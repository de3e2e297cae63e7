package text

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func TestACutKeepsHeadTailOrHalfOfEach(t *testing.T) {
	ids := []int32{1, 2, 3, 4, 5, 6, 7}
	for _, c := range []struct {
		max  int
		how  string
		want []int32
	}{
		{3, "head", []int32{1, 2, 3}}, {3, "tail", []int32{5, 6, 7}}, {3, "both", []int32{1, 6, 7}}, {4, "both", []int32{1, 2, 6, 7}},
		{1, "both", []int32{7}}, {7, "both", ids}, {9, "tail", ids}, {9, "head", ids},
	} {
		if got := Cut(ids, c.max, c.how); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s %d: %v, want %v", c.how, c.max, got, c.want)
		}
	}
	if fmt.Sprint(ids) != "[1 2 3 4 5 6 7]" {
		t.Errorf("the cut changed what it was given: %v", ids)
	}
}

func TestEveryTextIsInOneBatchAndAllButOneAreFull(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lengths := rapid.SliceOfN(rapid.Int32Range(1, 50), 0, 400).Draw(t, "lengths")
		batch := rapid.IntRange(1, 40).Draw(t, "batch")
		seed := rapid.Uint64().Draw(t, "seed")
		epoch := rapid.IntRange(0, 5).Draw(t, "epoch")
		seen := make([]int, len(lengths))
		short := 0
		for _, b := range Batches(lengths, batch, seed, epoch) {
			if len(b) == 0 || len(b) > batch {
				t.Fatalf("a batch of %d", len(b))
			}
			if len(b) < batch {
				short++
			}
			for _, i := range b {
				seen[i]++
			}
		}
		for i, n := range seen {
			if n != 1 {
				t.Fatalf("text %d is in %d batches", i, n)
			}
		}
		if short > 1 {
			t.Fatalf("%d batches are not full", short)
		}
		if a, b := Batches(lengths, batch, seed, epoch), Batches(lengths, batch, seed, epoch); fmt.Sprint(a) != fmt.Sprint(b) {
			t.Fatal("the order is another the second time")
		}
	})
}

func made(n int) []int32 {
	lengths := make([]int32, n)
	for i := range lengths {
		lengths[i] = int32(1 + i*i%128)
	}
	return lengths
}

func TestTheOrderIsTheSameOnEveryMachine(t *testing.T) {
	if got, want := fmt.Sprint(Batches(made(10), 3, 1, 1)), "[[9] [6 7 8] [0 1 2] [3 4 5]]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := fmt.Sprint(shuffled(10, 1, 1, drawTexts)), "[1 8 9 6 0 4 7 5 2 3]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestTheOrderIsAnotherInEachEpochAndForEachSeed(t *testing.T) {
	lengths := made(500)
	seen := map[string]string{}
	for _, c := range []struct {
		seed  uint64
		epoch int
	}{{1, 0}, {1, 1}, {2, 0}, {2, 1}, {1 << 32, 0}, {1<<32 + 1, 0}} {
		got := fmt.Sprint(Batches(lengths, 32, c.seed, c.epoch))
		if other, ok := seen[got]; ok {
			t.Errorf("%v has the order of %s", c, other)
		}
		seen[got] = fmt.Sprint(c)
	}
}

func TestBatchesHoldLittlePadding(t *testing.T) {
	lengths := made(5000)
	var tokens, cells int
	for _, b := range Batches(lengths, 32, 1, 0) {
		longest := int32(0)
		for _, i := range b {
			tokens += int(lengths[i])
			longest = max(longest, lengths[i])
		}
		cells += len(b) * int(longest)
	}
	if share := 1 - float64(tokens)/float64(cells); share > 0.05 {
		t.Errorf("%.1f %% of the cells are padding", 100*share)
	}
}

package webgpu

import (
	"slices"
	"testing"
)

func TestBucketsHoldEachRowsSlotsInOrder(t *testing.T) {
	var b buckets
	for _, rows := range [][]int32{nil, {-1}, {4, 0, 4, -1, 2, 0, 4}, {7, 7}} {
		b.sort(rows)
		seen := 0
		for i, id := range b.ids {
			var want []int32
			for slot, r := range rows {
				if r == id {
					want = append(want, int32(slot))
				}
			}
			got := b.slots[b.first[i]:b.first[i+1]]
			if !slices.Equal(got, want) {
				t.Errorf("%v: row %d has the slots %v, want %v", rows, id, got, want)
			}
			seen += len(got)
		}
		if seen != len(b.slots) {
			t.Errorf("%v: %d slots in rows, %d altogether", rows, seen, len(b.slots))
		}
	}
}

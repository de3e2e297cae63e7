package webgpu

import "slices"

// buckets sorts what goes into rows of an embedding's gradient by row, so that the card needs
// no atomics: the rows in order of their first appearance, of each its slots, ascending.
type buckets struct {
	ids   []int32 // of the rows
	first []int32 // [len(ids)+1] where a row's slots begin
	slots []int32

	place []int32 // [V] 1 + a row's place in ids, 0 for none; 0 between two calls
	next  []int32 // where a row's next slot goes
}

// sort takes the row of each slot; one below 0 is left out. The result is good until the next.
func (b *buckets) sort(rows []int32) *buckets {
	b.ids, b.first = b.ids[:0], append(b.first[:0], 0)
	for _, r := range rows {
		if r < 0 {
			continue
		}
		if int(r) >= len(b.place) {
			b.place = append(b.place, make([]int32, int(r)+1-len(b.place))...)
		}
		if b.place[r] == 0 {
			b.ids, b.first = append(b.ids, r), append(b.first, 0)
			b.place[r] = int32(len(b.ids))
		}
		b.first[b.place[r]]++
	}
	for i := range b.ids {
		b.first[i+1] += b.first[i]
	}
	b.next = append(b.next[:0], b.first...)
	total := int(b.first[len(b.ids)])
	b.slots = slices.Grow(b.slots[:0], total)[:total]
	for i, r := range rows {
		if r >= 0 {
			at := &b.next[b.place[r]-1]
			b.slots[*at] = int32(i)
			*at++
		}
	}
	for _, r := range b.ids {
		b.place[r] = 0
	}
	return b
}

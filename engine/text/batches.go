package text

import "sort"

// pool is how many batches' worth of shuffled texts are sorted by length
// together: enough that a batch has little padding, few enough that its
// company changes from epoch to epoch.
const pool = 50

// Purposes of the random numbers, so that no two draws share a counter.
const (
	drawTexts   = 0x74657874 // "text"
	drawBatches = 0x62617463 // "batc"
)

// Batches cuts the texts of the given lengths into batches for one epoch, as
// indices. The texts are shuffled, sorted by length within pools of many
// batches, so that a batch holds texts of like length and little padding, and
// the batches are shuffled again. The order is a pure function of the
// arguments, the same on every machine. The smaller last batch is anywhere.
func Batches(lengths []int32, batch int, seed uint64, epoch int) [][]int32 {
	order := shuffled(len(lengths), seed, epoch, drawTexts)
	for from := 0; from < len(order); from += pool * batch {
		part := order[from:ends(from+pool*batch, len(order))]
		sort.SliceStable(part, func(i, j int) bool { return lengths[part[i]] < lengths[part[j]] })
	}
	n := (len(order) + batch - 1) / batch
	batches := make([][]int32, n)
	for i, at := range shuffled(n, seed, epoch, drawBatches) {
		from := int(at) * batch
		batches[i] = order[from:ends(from+batch, len(order))]
	}
	return batches
}

// ends is at, or n if that is less.
func ends(at, n int) int {
	if at > n {
		return n
	}
	return at
}

// shuffled are 0 … n−1, sorted by a random number each.
func shuffled(n int, seed uint64, epoch int, purpose uint32) []int32 {
	keys := make([]uint64, n)
	order := make([]int32, n)
	for i := range keys {
		keys[i] = random(seed, uint32(i), uint32(epoch), purpose)
		order[i] = int32(i)
	}
	sort.Slice(order, func(a, b int) bool { // ties by index: a total order
		i, j := order[a], order[b]
		if keys[i] != keys[j] {
			return keys[i] < keys[j]
		}
		return i < j
	})
	return order
}

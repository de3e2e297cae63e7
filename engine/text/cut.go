package text

// Kept says what a cut leaves of n tokens: the first head and the last tail.
// How is head (the first max), tail (the last max) or both (half of each).
func Kept(n, max int, how string) (head, tail int) {
	switch {
	case n <= max:
		return n, 0
	case how == "tail":
		return 0, max
	case how == "both":
		return max / 2, max - max/2
	}
	return max, 0
}

// Cut is what remains of ids, at most max of them. The result may share memory with ids, which stay as they are.
func Cut(ids []int32, max int, how string) []int32 {
	head, tail := Kept(len(ids), max, how)
	switch {
	case tail == 0:
		return ids[:head:head]
	case head == 0:
		return ids[len(ids)-tail:]
	}
	out := make([]int32, 0, head+tail)
	return append(append(out, ids[:head]...), ids[len(ids)-tail:]...)
}

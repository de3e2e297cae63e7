package simd

import "golang.org/x/sys/cpu"

// Here are the kernels that this processor can run, the fastest first.
func Here() []*Kernels {
	x := &cpu.X86
	var all []*Kernels
	if x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL && x.HasBMI2 {
		k := avx512()
		if x.HasAVX512VNNI {
			k.Quads = quads()
		}
		k.Fast = avx512Fast(*k) // AVX-512 has fused products of its own
		all = append(all, k)
	}
	if x.HasAVX2 {
		k := avx2()
		if x.HasFMA {
			k.Fast = avx2Fast(*k)
		}
		all = append(all, k)
	}
	return all
}

func avx2() *Kernels {
	return &Kernels{
		Name: "avx2", Width: 8,
		Rows: [Highest + 1][2]Tile{
			1: {gemmRows1x1AVX2, gemmRows1x2AVX2}, 2: {gemmRows2x1AVX2, gemmRows2x2AVX2},
			3: {gemmRows3x1AVX2, gemmRows3x2AVX2}, 4: {gemmRows4x1AVX2, gemmRows4x2AVX2},
			6: {gemmRows6x1AVX2, gemmRows6x2AVX2},
		},
		Columns: [Highest + 1][2]Tile{
			1: {gemmColumns1x1AVX2, gemmColumns1x2AVX2}, 2: {gemmColumns2x1AVX2, gemmColumns2x2AVX2},
			3: {gemmColumns3x1AVX2, gemmColumns3x2AVX2}, 4: {gemmColumns4x1AVX2, gemmColumns4x2AVX2},
			6: {gemmColumns6x1AVX2, gemmColumns6x2AVX2},
		},
		Pairs: [Highest + 1][2]Tile{
			1: {pairs1x1AVX2, pairs1x2AVX2}, 2: {pairs2x1AVX2, pairs2x2AVX2},
			3: {pairs3x1AVX2, pairs3x2AVX2}, 4: {pairs4x1AVX2, pairs4x2AVX2},
			6: {pairs6x1AVX2, pairs6x2AVX2},
		},
		Split:      split(1, 2, 3, 4, 6),
		Transpose8: transpose8, CopyRows: copyRowsAVX2,
		Add: addAVX2, Mul: mulAVX2, Mask: maskAVX2, Scale: scaleAVX2, Flush: flushAVX2, SumSquares: sumSquaresAVX2,
		Gather: gatherAVX2, ScatterAdd: scatterAddAVX2, MulRows: mulRowsAVX2, AddBias: addBiasAVX2, SumRows: sumRowsAVX2,
		Gates: gatesAVX2, States: statesAVX2, CellBack: cellBackAVX2, Adam: adamAVX2, AdamRest: adamRestAVX2,
		Dots: [5]Dots{1: dots1AVX2, 2: dots2AVX2}, Rescale: rescaleAVX2, Round: roundAVX2, Widen: widenAVX2, WidenHalf: widenHalfAVX2, WidenBrain: widenBrainAVX2, Look: lookAVX2, Sparse: sparseAVX2, SparseInt: sparseIntAVX2, Peak: peakAVX2, Chains: 12,
	}
}

func avx512() *Kernels {
	return &Kernels{
		Name: "avx512", Width: 16,
		Rows: [Highest + 1][2]Tile{
			1: {gemmRows1x1AVX512, gemmRows1x2AVX512}, 2: {gemmRows2x1AVX512, gemmRows2x2AVX512},
			3: {gemmRows3x1AVX512, gemmRows3x2AVX512}, 4: {gemmRows4x1AVX512, gemmRows4x2AVX512},
			6: {gemmRows6x1AVX512, gemmRows6x2AVX512}, 8: {gemmRows8x1AVX512, gemmRows8x2AVX512},
			12: {gemmRows12x1AVX512, gemmRows12x2AVX512},
		},
		Columns: [Highest + 1][2]Tile{
			1: {gemmColumns1x1AVX512, gemmColumns1x2AVX512}, 2: {gemmColumns2x1AVX512, gemmColumns2x2AVX512},
			3: {gemmColumns3x1AVX512, gemmColumns3x2AVX512}, 4: {gemmColumns4x1AVX512, gemmColumns4x2AVX512},
			6: {gemmColumns6x1AVX512, gemmColumns6x2AVX512}, 8: {gemmColumns8x1AVX512, gemmColumns8x2AVX512},
			12: {gemmColumns12x1AVX512, gemmColumns12x2AVX512},
		},
		Pairs: [Highest + 1][2]Tile{
			1: {pairs1x1AVX512, pairs1x2AVX512}, 2: {pairs2x1AVX512, pairs2x2AVX512},
			3: {pairs3x1AVX512, pairs3x2AVX512}, 4: {pairs4x1AVX512, pairs4x2AVX512},
			6: {pairs6x1AVX512, pairs6x2AVX512}, 8: {pairs8x1AVX512, pairs8x2AVX512},
			12: {pairs12x1AVX512, pairs12x2AVX512},
		},
		Split:      split(1, 2, 3, 4, 6, 8, 12),
		Transpose8: transpose8, CopyRows: copyRowsAVX512,
		Add: addAVX512, Mul: mulAVX512, Mask: maskAVX512, Scale: scaleAVX512, Flush: flushAVX512, SumSquares: sumSquaresAVX512,
		Gather: gatherAVX512, ScatterAdd: scatterAddAVX512, MulRows: mulRowsAVX512, AddBias: addBiasAVX512, SumRows: sumRowsAVX512,
		Gates: gatesAVX512, States: statesAVX512, CellBack: cellBackAVX512, Adam: adamAVX512, AdamRest: adamRestAVX512,
		Dots: [5]Dots{1: dots1AVX512, 2: dots2AVX512, 4: dots4AVX512}, Rescale: rescaleAVX512, Round: roundAVX512, Widen: widenAVX512, WidenHalf: widenHalfAVX512, WidenBrain: widenBrainAVX512, Look: lookAVX512, LookFew: lookFewAVX512, Sparse: sparseAVX512, SparseInt: sparseIntAVX512, Peak: peakAVX512, Chains: 24,
	}
}

// quads are AVX-512's where a processor multiplies and adds bytes at once (VNNI).
func quads() *[Highest + 1][2]Tile {
	return &[Highest + 1][2]Tile{
		1: {quads1x1AVX512, quads1x2AVX512}, 2: {quads2x1AVX512, quads2x2AVX512},
		3: {quads3x1AVX512, quads3x2AVX512}, 4: {quads4x1AVX512, quads4x2AVX512},
		6: {quads6x1AVX512, quads6x2AVX512}, 8: {quads8x1AVX512, quads8x2AVX512},
		12: {quads12x1AVX512, quads12x2AVX512},
	}
}

// avx2Fast is these kernels with what training multiplies and adds in one rounding.
func avx2Fast(k Kernels) *Kernels {
	k.Name += "-fast"
	k.Rows = [Highest + 1][2]Tile{
		1: {gemmRows1x1AVX2Fast, gemmRows1x2AVX2Fast}, 2: {gemmRows2x1AVX2Fast, gemmRows2x2AVX2Fast},
		3: {gemmRows3x1AVX2Fast, gemmRows3x2AVX2Fast}, 4: {gemmRows4x1AVX2Fast, gemmRows4x2AVX2Fast},
		6: {gemmRows6x1AVX2Fast, gemmRows6x2AVX2Fast},
	}
	k.Columns = [Highest + 1][2]Tile{
		1: {gemmColumns1x1AVX2Fast, gemmColumns1x2AVX2Fast}, 2: {gemmColumns2x1AVX2Fast, gemmColumns2x2AVX2Fast},
		3: {gemmColumns3x1AVX2Fast, gemmColumns3x2AVX2Fast}, 4: {gemmColumns4x1AVX2Fast, gemmColumns4x2AVX2Fast},
		6: {gemmColumns6x1AVX2Fast, gemmColumns6x2AVX2Fast},
	}
	k.Gates, k.States, k.CellBack, k.Peak = gatesAVX2Fast, statesAVX2Fast, cellBackAVX2Fast, peakAVX2Fast
	return &k
}

// avx512Fast is these kernels with what training multiplies and adds in one rounding.
func avx512Fast(k Kernels) *Kernels {
	k.Name += "-fast"
	k.Rows = [Highest + 1][2]Tile{
		1: {gemmRows1x1AVX512Fast, gemmRows1x2AVX512Fast}, 2: {gemmRows2x1AVX512Fast, gemmRows2x2AVX512Fast},
		3: {gemmRows3x1AVX512Fast, gemmRows3x2AVX512Fast}, 4: {gemmRows4x1AVX512Fast, gemmRows4x2AVX512Fast},
		6: {gemmRows6x1AVX512Fast, gemmRows6x2AVX512Fast}, 8: {gemmRows8x1AVX512Fast, gemmRows8x2AVX512Fast},
		12: {gemmRows12x1AVX512Fast, gemmRows12x2AVX512Fast},
	}
	k.Columns = [Highest + 1][2]Tile{
		1: {gemmColumns1x1AVX512Fast, gemmColumns1x2AVX512Fast}, 2: {gemmColumns2x1AVX512Fast, gemmColumns2x2AVX512Fast},
		3: {gemmColumns3x1AVX512Fast, gemmColumns3x2AVX512Fast}, 4: {gemmColumns4x1AVX512Fast, gemmColumns4x2AVX512Fast},
		6: {gemmColumns6x1AVX512Fast, gemmColumns6x2AVX512Fast}, 8: {gemmColumns8x1AVX512Fast, gemmColumns8x2AVX512Fast},
		12: {gemmColumns12x1AVX512Fast, gemmColumns12x2AVX512Fast},
	}
	k.Gates, k.States, k.CellBack, k.Peak = gatesAVX512Fast, statesAVX512Fast, cellBackAVX512Fast, peakAVX512Fast
	return &k
}

// split finds the best first tile for each number of rows up to 24, a multiple of
// the highest tiles. A tile of fewer than three rows waits for its sums and
// takes as long as one of three; each tile costs a call.
func split(heights ...int) []int {
	const most, call = 24, 0.5
	first, cost := make([]int, most+1), make([]float64, most+1)
	for n := 1; n <= most; n++ {
		for _, h := range heights {
			if h > n {
				break
			}
			work := float64(h)
			if h < 3 {
				work = 3
			}
			if c := work + call + cost[n-h]; first[n] == 0 || c <= cost[n] {
				first[n], cost[n] = h, c
			}
		}
	}
	return first
}

package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

type gp = reg.GPVirtual

// cells are what an LSTM does to each unit, between two matrix products. The
// formulas stand at tensor.LSTM and tensor.LSTMGrad.
func (s isa) cells() {
	// In two kernels, each going through all rows: in one, the chain from the gates to
	// tanh(c) would leave the processor waiting, and registers would run out.
	s.text("gates", "count, units int, gates *float32", "is sigmoid, sigmoid, tanh, sigmoid of gates [count, 4·units], in place.")
	count, units, gates := param("count"), param("units"), param("gates")
	g2 := GP64()
	ones := s.everywhere(one)
	times(count, func() {
		LEAQ(Mem{Base: gates, Index: units, Scale: 8}, g2)
		s.eachOne(units, func(l lanes, i gp) {
			j := GP64() // a gate further
			LEAQ(Mem{Base: i, Index: units, Scale: 1}, j)
			do := func(sigmoids, tanhs []Mem) {
				load := func(places []Mem) (x []vec) {
					for _, m := range places {
						x = append(x, l.load(m))
					}
					return x
				}
				y, z := s.gates(load(sigmoids), load(tanhs), ones)
				for i, m := range append(sigmoids, tanhs...) {
					l.store(append(y, z...)[i], m)
				}
			}
			if s.width == 16 {
				do([]Mem{at(gates, i), at(gates, j), at(g2, j)}, []Mem{at(g2, i)})
			} else { // 16 registers
				do([]Mem{at(gates, i), at(gates, j)}, nil)
				do([]Mem{at(g2, j)}, []Mem{at(g2, i)})
			}
		})
		LEAQ(Mem{Base: g2, Index: units, Scale: 8}, gates)
	})
	done()

	s.text("states", "count, units int, gates, before, c, tanhC, h *float32",
		"gives c, tanh(c) and h [count, units] by gates [count, 4·units]; before may be c, tanhC may be h.")
	count, units, gates = param("count"), param("units"), param("gates")
	before, c, tanhC, h := param("before"), param("c"), param("tanhC"), param("h")
	g2 = GP64()
	ones = s.everywhere(one)
	times(count, func() {
		LEAQ(Mem{Base: gates, Index: units, Scale: 8}, g2)
		s.each(units, 2, func(l []lanes, i gp) {
			j := GP64()
			LEAQ(Mem{Base: i, Index: units, Scale: 1}, j)
			var x []vec
			for v, l := range l {
				to := func(p, i gp) Mem { return at(p, i).Offset(v * s.bytes()) }
				x = append(x, s.plusProduct(l.load(to(gates, i)), l.load(to(g2, i)), func() vec {
					return s.mul(l.load(to(gates, j)), l.load(to(before, i)))
				}))
				l.store(x[v], to(c, i))
			}
			_, y := s.gates(nil, x, ones)
			for v, l := range l {
				to := func(p, i gp) Mem { return at(p, i).Offset(v * s.bytes()) }
				l.store(y[v], to(tanhC, i))
				l.store(s.mul(l.load(to(g2, j)), y[v]), to(h, i))
			}
		})
		LEAQ(Mem{Base: g2, Index: units, Scale: 8}, gates)
		for _, p := range []gp{before, c, tanhC, h} {
			LEAQ(at(p, units), p)
		}
	})
	done()

	s.text("cellBack", "count, units int, gates, before, tanhC, dh, dc *float32",
		"turns gates [count, 4·units] into the gradients before them, and dc [count, units] into that of the step before.")
	count, units, gates, before = param("count"), param("units"), param("gates"), param("before")
	tanhC = param("tanhC")
	dh, dc := param("dh"), param("dc")
	g2 = GP64()
	ones = s.everywhere(one)
	times(count, func() {
		LEAQ(Mem{Base: gates, Index: units, Scale: 8}, g2)
		s.eachOne(units, func(l lanes, i gp) {
			j := GP64()
			LEAQ(Mem{Base: i, Index: units, Scale: 1}, j)
			in, f, g, o := l.load(at(gates, i)), l.load(at(gates, j)), l.load(at(g2, i)), l.load(at(g2, j))
			x, y := l.load(at(dh, i)), l.load(at(tanhC, i))
			z := s.plusProduct(s.mul(x, o), s.lessSquare(ones, y), func() vec { return l.load(at(dc, i)) })
			da := s.mul(s.mul(x, y), s.mul(o, s.sub(ones, o)))
			l.store(s.flush(da, tiny), at(g2, j))
			l.store(s.flush(s.mul(z, f), tiny), at(dc, i))
			da = s.mul(s.mul(z, l.load(at(before, i))), s.mul(f, s.sub(ones, f)))
			l.store(s.flush(da, tiny), at(gates, j))
			di := s.mul(s.mul(z, g), s.mul(in, s.sub(ones, in)))
			dg := s.mul(s.mul(z, in), s.lessSquare(ones, g))
			l.store(s.flush(di, tiny), at(gates, i))
			l.store(s.flush(dg, tiny), at(g2, i))
		})
		LEAQ(Mem{Base: g2, Index: units, Scale: 8}, gates)
		for _, p := range []gp{before, tanhC, dh, dc} {
			LEAQ(at(p, units), p)
		}
	})
	done()
}

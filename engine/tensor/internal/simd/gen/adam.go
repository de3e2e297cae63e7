package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// adam is tensor.AdamStep over n weights; step points to its seven numbers.
func (s isa) adam() {
	begin := func() (n gp, w, m, v gp, k [7]vec) {
		n, w, m, v = param("n"), param("w"), param("m"), param("v")
		step := param("step")
		for i := range k {
			k[i] = s.vec()
			VBROADCASTSS(Mem{Base: step, Disp: 4 * i}, k[i])
		}
		return
	}
	const beta1, rest1, beta2, rest2, size, invRoot, epsilon = 0, 1, 2, 3, 4, 5, 6
	move := func(l lanes, k [7]vec, M, V vec, w, m, v Mem) {
		M = s.flush(M, adamM)
		l.store(M, m)
		V = s.unlessBelow(V, V, adamV)
		l.store(V, v)
		root := s.vec()
		VSQRTPS(V, root)
		change := s.mul(s.div(M, s.add(s.mul(root, k[invRoot]), k[epsilon])), k[size])
		l.store(s.sub(l.load(w), change), w)
	}

	s.text("adam", "step *float32, n int, grad, w, m, v *float32", "is Adam with the gradient g.")
	n, w, m, v, k := begin()
	g := param("grad")
	s.eachOne(n, func(l lanes, i gp) {
		x := s.flush(l.load(at(g, i)), adamG)
		M := s.add(s.mul(l.load(at(m, i)), k[beta1]), s.mul(x, k[rest1]))
		V := s.add(s.mul(l.load(at(v, i)), k[beta2]), s.mul(s.mul(x, x), k[rest2]))
		move(l, k, M, V, at(w, i), at(m, i), at(v, i))
	})
	done()

	// Where m and v are 0 nothing changes: rows that no batch has had yet cost a look.
	s.text("adamRest", "step *float32, n int, w, m, v *float32", "is Adam with a gradient of 0.")
	n, w, m, v, k = begin()
	s.eachOne(n, func(l lanes, i gp) {
		next := label("next")
		M, V := l.load(at(m, i)), l.load(at(v, i))
		if s.width == 16 {
			both, set := s.vec(), K()
			VPORD(M, V, both)
			VPTESTMD(both, both, set)
			KORTESTW(set, set)
		} else {
			both := s.vec()
			VPOR(M, V, both)
			VPTEST(both, both)
		}
		JZ(LabelRef(next))
		move(l, k, s.mul(M, k[beta1]), s.mul(V, k[beta2]), at(w, i), at(m, i), at(v, i))
		Label(next)
	})
	done()
}

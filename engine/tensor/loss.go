package tensor

func (d *generic) BCEWithLogits(B int, scale float32, logits, targets, losses, dlogits Buffer) {
	z, y, l, dz := data(logits)[:B], data(targets)[:B], data(losses)[:B], data(dlogits)[:B]
	for i, x := range z {
		positive := x
		if x < 0 {
			positive = 0
		}
		l[i] = positive - float32(x*y[i]) + Log1p32(Exp32(-abs(x)))
		dz[i] = float32((Sigmoid32(x) - y[i]) * scale)
	}
}

func (d *generic) SoftmaxCrossEntropy(B, K int, scale float32, logits, targets, losses, dlogits Buffer) {
	for i := range B {
		z, y := data(logits)[i*K:][:K], data(targets)[i*K:][:K]
		p := data(dlogits)[i*K:][:K]
		most := z[0]
		for _, x := range z {
			if most < x {
				most = x
			}
		}
		var sum, whole float32
		for k, x := range z {
			p[k] = Exp32(x - most)
			sum += p[k]
			whole += y[k]
		}
		log := Log32(sum)
		var loss float32
		for k, x := range z {
			loss += float32(y[k] * (log - (x - most)))
			p[k] = float32((float32(p[k]/sum*whole) - y[k]) * scale)
		}
		data(losses)[i] = loss
	}
}

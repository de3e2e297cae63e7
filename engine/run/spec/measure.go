package spec

import "math"

const z95 = 1.959963984540054

// NewMeasure is right of texts with its 95 % interval, and the mean of loss.
//
// The interval is Wilson's (1927), which stays within 0 and 1 and is right for
// few texts too: with p the share, n the texts and z = 1.96,
//
//	(p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n)
func NewMeasure(right, texts int, lossSum float64) Measure {
	if texts == 0 {
		return Measure{}
	}
	const z = z95
	n, p := float64(texts), float64(right)/float64(texts)
	mid := p + float64(z*z)/float64(2*n)
	half := float64(z * math.Sqrt(float64(p*(1-p))/n+float64(z*z)/float64(4*n*n)))
	scale := 1 + float64(z*z)/n
	m := Measure{Accuracy: p, Low: (mid - half) / scale, High: (mid + half) / scale, Loss: lossSum / n, Texts: texts}
	if right == 0 {
		m.Low = 0 // exactly: rounding may leave ±1e-17
	}
	if right == texts {
		m.High = 1
	}
	return m
}

// Quantile of values in ascending order, between its neighbours where it falls between
// two; 0 of none.
func Quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	at := float64(q * float64(len(sorted)-1))
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + float64((at-float64(i))*(sorted[i+1]-sorted[i]))
}

// NewVersus compares two sets of answers to so many texts: how many differ, and of these
// how many were right before alone (worse) and are right now alone (better). With
// b = worse, c = better, each counted half a text more, n* = n + 2:
//
//	(b − c)/n* ± z·√(b + c − (b − c)²/n*)/n*        Agresti & Min 2005
//	p = 2·Σ_{k ≤ min(b, c)} C(b + c, k) / 2ᵇ⁺ᶜ       McNemar 1947, exact
func NewVersus(texts, changed, worse, better int) Versus {
	if texts == 0 {
		return Versus{McNemar: 1}
	}
	n := float64(texts)
	v := Versus{Agreement: 1 - float64(changed)/n, Lost: float64(worse-better) / n, McNemar: mcnemar(worse, better)}
	b, c, wide := float64(worse)+0.5, float64(better)+0.5, n+2
	mid, half := (b-c)/wide, z95*math.Sqrt(b+c-float64((b-c)*(b-c))/wide)/wide
	v.Low, v.High = mid-half, mid+half
	return v
}

// mcnemar is the exact test's p, by logarithms: 2ⁿ passes any float.
func mcnemar(b, c int) float64 {
	n, least := b+c, min(b, c)
	lg := func(x int) float64 { v, _ := math.Lgamma(float64(x + 1)); return v }
	p := 0.0
	for k := range least + 1 {
		p += 2 * math.Exp(lg(n)-lg(k)-lg(n-k)-float64(float64(n)*math.Ln2))
	}
	if p > 1 { // b = c counts the middle twice
		return 1
	}
	return p
}

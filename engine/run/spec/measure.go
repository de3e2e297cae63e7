package spec

import "math"

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
	const z = 1.959963984540054
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

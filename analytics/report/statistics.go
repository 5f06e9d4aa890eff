package report

import "math"

// z95 is the quantile of the standard normal distribution at 97.5 %: the half
// width of a 95 % interval in standard deviations.
const z95 = 1.959963984540054

// wilson returns the 95 % score interval of the share k / n, n > 0 (Wilson, Journal
// of the American Statistical Association 22, 1927).
func wilson(k, n int64) (low, high float64) {
	size, p := float64(n), float64(k)/float64(n)
	center := p + z95*z95/(2*size)
	spread := z95 * math.Sqrt(p*(1-p)/size+z95*z95/(4*size*size))
	scale := 1 + z95*z95/size
	return max(0, (center-spread)/scale), min(1, (center+spread)/scale)
}

// newcombe returns the 95 % interval of k1/n1 - k2/n2 by the hybrid score method,
// the tenth in Newcombe, "Interval estimation for the difference between
// independent proportions", Statistics in Medicine 17 (1998). It holds for small
// numbers, too, and never leaves -1 to 1.
func newcombe(k1, n1, k2, n2 int64) (low, high float64) {
	p1, p2 := float64(k1)/float64(n1), float64(k2)/float64(n2)
	low1, high1 := wilson(k1, n1)
	low2, high2 := wilson(k2, n2)
	d := p1 - p2
	return max(-1, d-math.Hypot(p1-low1, high2-p2)), min(1, d+math.Hypot(high1-p1, p2-low2))
}

// twoProportions returns the two-sided p-value of the pooled z-test that k1/n1 and
// k2/n2 are the same share. It is not known where fewer than 5 of either outcome
// are to be expected in an arm (Cochran's rule), as the normal distribution is then
// no good approximation.
func twoProportions(k1, n1, k2, n2 int64) (p float64, known bool) {
	pooled := float64(k1+k2) / float64(n1+n2)
	if float64(min(n1, n2))*min(pooled, 1-pooled) < 5 {
		return 0, false
	}
	deviation := math.Sqrt(pooled * (1 - pooled) * (1/float64(n1) + 1/float64(n2)))
	z := (float64(k1)/float64(n1) - float64(k2)/float64(n2)) / deviation
	return math.Erfc(math.Abs(z) / math.Sqrt2), true
}

// chiSquareSurvival returns the probability that a chi-square variable with so many
// degrees of freedom is at least x.
func chiSquareSurvival(x float64, degrees int) float64 {
	return upperGamma(float64(degrees)/2, x/2)
}

// upperGamma is the regularised upper incomplete gamma function Q(a, x), by its
// series below a+1 and by its continued fraction above (Abramowitz and Stegun
// 6.5.29 and 6.5.31).
func upperGamma(a, x float64) float64 {
	if x <= 0 {
		return 1
	}
	const steps, precision = 10_000, 1e-15
	logGamma, _ := math.Lgamma(a)
	scale := math.Exp(a*math.Log(x) - x - logGamma)
	if x < a+1 {
		term := 1 / a
		sum := term
		for n := 1; n < steps && term > sum*precision; n++ {
			term *= x / (a + float64(n))
			sum += term
		}
		return 1 - scale*sum
	}
	// Lentz's method.
	const tiny = 1e-300
	b := x + 1 - a
	c, d := 1/tiny, 1/b
	fraction := d
	for n := 1; n < steps; n++ {
		an := -float64(n) * (float64(n) - a)
		b += 2
		d = 1 / orTiny(an*d+b, tiny)
		c = orTiny(b+an/c, tiny)
		fraction *= c * d
		if math.Abs(c*d-1) < precision {
			break
		}
	}
	return scale * fraction
}

func orTiny(v, tiny float64) float64 {
	if math.Abs(v) < tiny {
		return tiny
	}
	return v
}

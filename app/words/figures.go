package words

import (
	"math"
	"strconv"
	"strings"
)

// None stands where a figure will be.
const None = "–"

// Int groups digits by commas, as both languages of the page do, with a true minus.
func (l Lang) Int(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, s = "−", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Fixed has exactly so many decimals, so that a changing figure keeps its width.
func (l Lang) Fixed(x float64, decimals int) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return None
	}
	s := strconv.FormatFloat(x, 'f', decimals, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	whole, rest, _ := strings.Cut(s, ".")
	if n, err := strconv.Atoi(whole); err == nil && n != 0 {
		whole = l.Int(n)
	}
	if rest != "" {
		whole += "." + rest
	}
	return minus(strings.Replace(whole, "−", "-", 1))
}

// Signed is Fixed with its sign always there, "+2.5", "−0.5", "0.0".
func (l Lang) Signed(x float64, decimals int) string {
	s := l.Fixed(x, decimals)
	if strings.Trim(s, "−0.") == "" {
		return strings.TrimPrefix(s, "−")
	}
	if x > 0 {
		s = "+" + s
	}
	return s
}

// Percent of a share: "94.1 %" in English, "94.1%" in Chinese.
func (l Lang) Percent(share float64, decimals int) string {
	return l.Fixed(100*share, decimals) + l.percent()
}

func (l Lang) percent() string {
	if l == Chinese {
		return "%"
	}
	return "\u00a0%"
}

// Interval is an accuracy with half its interval: "94.1 ± 0.5".
func (l Lang) Interval(share, low, high float64) (value, half string) {
	return l.Fixed(100*share, 1), "±\u00a0" + l.Fixed(50*(high-low), 1)
}

// Bytes has two or three digits that count: 260 B, 7.4 KB, 82 KB, 1.2 MB. Thousands, as files are told.
func (l Lang) Bytes(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10) + "\u00a0B"
	}
	x, unit := float64(n)/1000, 0
	for x >= 999.5 && unit < 3 {
		x, unit = x/1000, unit+1
	}
	decimals := 0
	if x < 9.95 {
		decimals = 1
	}
	s := l.Fixed(x, decimals)
	if unit > 0 {
		s = strings.TrimSuffix(s, ".0")
	}
	return s + "\u00a0" + []string{"KB", "MB", "GB", "TB"}[unit]
}

// Clock is minutes and seconds, "0:24".
func (l Lang) Clock(seconds float64) string {
	if math.IsNaN(seconds) || seconds < 0 || seconds > 1e8 {
		return None
	}
	n := int(math.Ceil(seconds))
	s := strconv.Itoa(n % 60)
	if n%60 < 10 {
		s = "0" + s
	}
	if n < 3600 {
		return strconv.Itoa(n/60) + ":" + s
	}
	m := strconv.Itoa(n / 60 % 60)
	if n/60%60 < 10 {
		m = "0" + m
	}
	return strconv.Itoa(n/3600) + ":" + m + ":" + s
}

// Took is a duration in words, "41 s", "12 min".
func (l Lang) Took(seconds float64) string {
	if seconds < 100 {
		return l.T("took.s", l.Fixed(seconds, 0))
	}
	return l.T("took.min", l.Fixed(seconds/60, 0))
}

// Times is a ratio, "9.4×", "104×".
func (l Lang) Times(ratio float64) string {
	if math.IsNaN(ratio) || math.IsInf(ratio, 0) || ratio <= 0 {
		return None
	}
	decimals := 0
	if ratio < 9.95 {
		decimals = 1
	}
	return strings.TrimSuffix(l.Fixed(ratio, decimals), ".0") + "×"
}

// Hash shows the first twelve hex digits in fours, enough to compare by eye.
func Hash(hex string) string {
	if len(hex) < 12 {
		return None
	}
	return hex[:4] + " " + hex[4:8] + " " + hex[8:12]
}

// Plain is a number as it is typed: no grouping, no zeros at the end.
func Plain(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

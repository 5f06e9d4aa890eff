package report

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Unit is what a value is in.
type Unit string

// The units.
const (
	UnitCount Unit = "count"
	UnitRatio Unit = "ratio"
	UnitShare Unit = "share" // 0 to 1
	UnitTime  Unit = "time"  // seconds
	UnitMoney Unit = "money" // the currency's smallest unit, such as cents
)

// FormatValue writes a value for people, in plain ASCII: "1,234", "1.25", "12.5 %",
// "1 min 15 s" or "12.34 EUR". The currency is that of money.
func FormatValue(value float64, unit Unit, currency string) string {
	switch unit {
	case UnitCount:
		return grouped(value, 0)
	case UnitRatio:
		return grouped(value, 2)
	case UnitShare:
		return grouped(100*value, 1) + " %"
	case UnitTime:
		return formatSeconds(value)
	case UnitMoney:
		digits := minorDigits(currency)
		return strings.TrimSpace(grouped(value/math.Pow10(digits), digits) + " " + currency)
	}
	return strconv.FormatFloat(value, 'f', -1, 64)
}

// FormatChange writes a relative change with its sign: "+12.5 %".
func FormatChange(change float64) string {
	sign := ""
	if change >= 0 {
		sign = "+"
	}
	return sign + grouped(100*change, 1) + " %"
}

// grouped writes v with so many decimals and a comma between thousands.
func grouped(v float64, decimals int) string {
	text := strconv.FormatFloat(math.Abs(v), 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if v < 0 && strings.ContainsAny(text, "123456789") {
		return "-" + whole
	}
	return whole
}

// formatSeconds writes the two largest units, and tenths below 10 s.
func formatSeconds(seconds float64) string {
	if seconds < 0 {
		return "-" + formatSeconds(-seconds)
	}
	if seconds < 9.95 {
		return strings.TrimSuffix(strconv.FormatFloat(seconds, 'f', 1, 64), ".0") + " s"
	}
	whole := int64(math.Round(seconds))
	units := []struct {
		name string
		size int64
	}{{"d", int64(24 * time.Hour / time.Second)}, {"h", 3600}, {"min", 60}, {"s", 1}}
	for i, u := range units {
		n := whole / u.size
		if n == 0 {
			continue
		}
		text := grouped(float64(n), 0) + " " + u.name
		if i+1 < len(units) {
			if rest := whole % u.size / units[i+1].size; rest > 0 {
				text += " " + strconv.FormatInt(rest, 10) + " " + units[i+1].name
			}
		}
		return text
	}
	return "0 s"
}

// minorDigits returns the decimals of a currency by ISO 4217, which has two for
// most.
func minorDigits(currency string) int {
	switch currency {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	case "CLF", "UYW":
		return 4
	}
	return 2
}

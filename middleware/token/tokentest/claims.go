package tokentest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// claimTypes: each claim missing, null, empty and of each wrong type.
func (f *forge) claimTypes() {
	const text, number, list, object = "text", "number", "list", "object"
	values := map[string][]any{
		text:   {"", "text", "\u0000"},
		number: {0, -1, 1.5},
		list:   {[]string{}, []any{nil}, []any{1}, []any{[]string{"a"}}},
		object: {map[string]string{}, map[string]int{"a": 1}},
	}
	for claim, kind := range map[string]string{
		"iss": text, "sub": text, "aud": list, "client_id": text, "jti": text, "sid": text, "sj_epoch": number,
		"iat": number, "exp": number, "nbf": number, "auth_time": number, "acr": text, "amr": list, "cnf": object,
	} {
		switch claim {
		case "nbf", "auth_time", "acr", "amr", "cnf": // may be missing
		default:
			f.withClaim(claim+" missing", claim, absent)
		}
		wrong := []any{nil, true, false}
		for k, v := range values {
			if k != kind {
				wrong = append(wrong, v...)
			}
		}
		if kind == text {
			wrong = append(wrong, "", "\u0000", "a\nb", "a\u0085b", "a\ufffdb", raw(`"a\ud800b"`), strings.Repeat("a", 513))
		}
		if kind == list {
			wrong = append(wrong, []string{}, []any{nil}, []any{1}, []string{""}, []string{"a\nb"}, []any{[]string{"a"}})
		}
		for i, v := range wrong {
			f.withClaim(fmt.Sprintf("%s of the wrong type or form %d: %.20q", claim, i, fmt.Sprint(v)), claim, v)
		}
	}
}

// claimValues: right types, wrong values.
func (f *forge) claimValues() {
	a := f.valid
	for claim, values := range map[string][]any{
		"iss": {a.Issuer + "/", a.Issuer + " ", " " + a.Issuer, strings.ToUpper(a.Issuer), a.Issuer[:len(a.Issuer)-1], "https://attacker.example", []string{a.Issuer}},
		"aud": {
			"other", a.Audience + "/", strings.ToUpper(a.Audience), "*", a.Audience + " other",
			[]string{"other"},
			[]string{a.Audience, "other"},
			[]string{"other", a.Audience},
			[]string{a.Audience, a.Audience},
			[]any{a.Audience, nil},
			[]any{a.Audience, 1},
			[]any{[]string{a.Audience}},
			map[string]string{"aud": a.Audience},
			strings.Repeat("a", 513),
		},
		"sid": {
			a.Session[:21], a.Session + "A", a.Session + "==", a.Session[:21] + "B", a.Session[:21] + "=", a.Session[:20] + "+/",
			a.Session[:11] + "\n" + a.Session[11:], strings.Repeat("é", 11),
		},
		"sj_epoch": {raw("1e0"), raw("1.0"), raw("-0"), raw("9007199254740992"), raw("9223372036854775808"), raw("1e400"), "1"},
		"acr":      {[]string{"aal2"}},
		"amr":      {"pwd", slices.Repeat([]string{"pwd"}, 17), []any{"pwd", 1}, []any{"pwd", nil}, []string{strings.Repeat("a", 513)}},
		"cnf": {
			"jkt",
			[]string{"jkt"},
			map[string]any{"jkt": 1},
			map[string]any{"jkt": nil},
			map[string]any{"jkt": ""},
			map[string]any{"jkt": "short"},
			map[string]any{"jkt": strings.Repeat("A", 42)},
			map[string]any{"jkt": strings.Repeat("A", 44)},
			map[string]any{"jkt": strings.Repeat("A", 42) + "B"},
			map[string]any{"jkt": strings.Repeat("A", 43) + "="},
			map[string]any{"JKT": strings.Repeat("A", 43)},
			map[string]any{"x5t#S256": strings.Repeat("A", 43)},
			map[string]any{"jkt": strings.Repeat("A", 43), "x5t#S256": strings.Repeat("A", 43)},
			map[string]any{"jwk": map[string]string{"kty": "OKP"}},
			map[string]any{"kid": "k"},
			map[string]any{},
		},
	} {
		for i, v := range values {
			f.withClaim(fmt.Sprintf("%s of a wrong value %d: %.30q", claim, i, fmt.Sprint(v)), claim, v)
		}
	}
}

// times: the clocks (RFC 7519 §4.1.4 to §4.1.6), and numbers that readers
// disagree about.
func (f *forge) times() {
	issued, expires := f.valid.IssuedAt, f.valid.Expires
	at := func(t time.Time, d time.Duration) int64 { return t.Add(d).Unix() }
	span := func(name string, iat, exp int64) {
		f.add("times: "+name, f.sign(f.header(), with(with(f.claims, "iat", iat), "exp", exp)))
	}
	span("expired an hour ago", at(issued, -2*time.Hour), at(issued, -time.Hour))
	span("expired two minutes ago", at(issued, -time.Hour), at(issued, -2*time.Minute))
	span("issued in the future", at(expires, time.Hour), at(expires, 2*time.Hour))
	span("issued in two minutes", at(expires, 2*time.Minute), at(expires, time.Hour))
	span("expires when it is issued", issued.Unix(), issued.Unix())
	span("expires before it is issued", expires.Unix(), issued.Unix())
	span("lives for more than a day", issued.Unix(), at(issued, 24*time.Hour+time.Second))
	span("lives for ten years", issued.Unix(), at(issued, 10*365*24*time.Hour))
	span("lives since 1970", 1, expires.Unix())
	span("in milliseconds", issued.UnixMilli(), expires.UnixMilli())
	f.withClaim("times: nbf in an hour", "nbf", at(expires, time.Hour))
	f.withClaim("times: nbf in two minutes", "nbf", at(expires, 2*time.Minute))
	f.withClaim("times: auth_time long after iat", "auth_time", at(issued, time.Hour))

	n := fmt.Sprint(expires.Unix())
	for _, claim := range []string{"iat", "exp", "nbf", "auth_time"} {
		for _, number := range []string{
			n + ".0", n + ".5", n + "e0", n + "E+0", "1e9", "1e10", "1e308", "1e400", "-1e400", "1e-400", "-" + n, "-0",
			"9007199254740993", "9223372036854775807", "9223372036854775808", "18446744073709551616", "-9223372036854775809",
			strings.Repeat("9", 400), "0." + n, `"` + n + `"`, `"NaN"`, `"Infinity"`, `"` + expires.Format(time.RFC3339) + `"`, "[" + n + "]",
			`{"$numberLong":"` + n + `"}`,
		} {
			f.withClaim(fmt.Sprintf("times: %s is %.30s", claim, number), claim, raw(number))
		}
	}
	// A fault beside being expired must not be taken for being only expired
	// (CVE-2024-51744).
	old := f.sign(f.header(), with(with(f.claims, "iat", at(issued, -2*time.Hour)), "exp", at(issued, -time.Hour)))
	dot := strings.LastIndex(old, ".")
	f.add("times: expired, and the signature is wrong", old[:dot+1]+encode(strings.Repeat("s", len(decode(old[dot+1:])))))
}

package tokentest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
)

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func decode(s string) string { return string(must(base64.RawURLEncoding.DecodeString(s))) }

// base64: a token has one spelling (RFC 4648 §3.5, RFC 7515 §2). Header and
// claims are signed as they are spelled, so that the signature fits.
func (f *forge) base64() {
	// One byte in the last group leaves four spare bits; - and _ occur.
	pad := func(s string) string { return s + strings.Repeat(" ", (4-len(s)%3)%3) }
	segments := []string{
		encode(pad(text(f.header()))),
		encode(pad(text(with(f.claims, "x", "???>>>~~~ÿÿÿ")))),
	}
	signed := f.signText(segments[0] + "." + segments[1])
	segments = append(segments, signed[strings.LastIndex(signed, ".")+1:])
	names := []string{"header", "claims", "signature"}

	put := func(name string, i int, spelled string) {
		s := []string{segments[0], segments[1], segments[2]}
		s[i] = spelled
		raw := strings.Join(s, ".")
		if i < 2 {
			raw = f.signText(s[0] + "." + s[1])
		}
		f.add("base64 of "+names[i]+": "+name, raw)
	}
	for i, s := range segments {
		last := strings.IndexByte(digits, s[len(s)-1])
		spare := map[int]int{2: 16, 3: 4}[len(s)%4] // a signature is never a multiple of 3 bytes
		for bits := 1; bits < spare; bits++ {
			put(fmt.Sprintf("trailing bits %d", bits), i, s[:len(s)-1]+digits[last|bits:][:1])
		}
		put("padded", i, s+strings.Repeat("=", 4-len(s)%4))
		put("padded too much", i, s+"===")
		put("one character more", i, s+"A")
		for name, other := range map[string]string{
			"line feed": "\n", "carriage return": "\r", "CRLF": "\r\n", "space": " ", "tab": "\t", "NUL": "\x00",
			"a byte above ASCII": "\xff", "a wide A": "Ａ", "percent": "%41", "plus": "+", "slash": "/", "comma": ",",
		} {
			put(name+" inside", i, s[:len(s)/2]+other+s[len(s)/2:])
			put(name+" at the end", i, s+other)
			put(name+" at the start", i, other+s)
		}
	}
	put("standard alphabet", 1, strings.NewReplacer("-", "+", "_", "/").Replace(segments[1]))
	put("not encoded", 0, text(f.header()))
	put("not encoded", 1, text(f.claims))
	put("encoded twice", 0, encode(segments[0]))
	put("encoded twice", 1, encode(segments[1]))
	put("in hexadecimal", 0, fmt.Sprintf("%x", text(f.header())))
}

// structure: not three segments (RFC 7515 §7.1), or another serialization.
func (f *forge) structure() {
	raw := f.raw
	s := strings.Split(raw, ".")
	for _, c := range []Case{
		{"empty", ""},
		{"one dot", "."},
		{"two dots", ".."},
		{"one segment", s[0]},
		{"two segments", s[0] + "." + s[1]},
		{"no header", "." + s[1] + "." + s[2]},
		{"no claims", s[0] + ".." + s[2]},
		{"no signature", s[0] + "." + s[1] + "."},
		{"a dot more at the end", raw + "."},
		{"a dot more at the start", "." + raw},
		{"four segments", raw + "." + s[2]},
		{"twice", raw + raw},
		{"twice with a comma", raw + "," + raw},
		{"JWE", strings.Join([]string{encode(`{"alg":"dir","enc":"A256GCM"}`), "", encode("0123456789ab"), s[1], encode("0123456789abcdef")}, ".")},
		{"JWE of the claims", raw + "." + s[1] + "." + s[2]},
		{"JSON serialization, flattened", text(map[string]string{"protected": s[0], "payload": s[1], "signature": s[2]})},
		{"JSON serialization, general", text(map[string]any{
			"payload": s[1], "signatures": []any{map[string]string{"protected": s[0], "signature": s[2]}},
		})},
		{"in quotes", `"` + raw + `"`},
		{"with the scheme", "Bearer " + raw},
		{"a space before", " " + raw},
		{"a space behind", raw + " "},
		{"a line break behind", raw + "\n"},
		{"NUL behind", raw + "\x00"},
		{"BOM before", "\ufeff" + raw},
		{"in upper case", strings.ToUpper(raw)},
		{"other dots", strings.ReplaceAll(raw, ".", "。")},
		{"percent encoded dots", strings.ReplaceAll(raw, ".", "%2E")},
	} {
		f.add("structure: "+c.Name, c.Token)
	}
	f.add("structure: a token inside a token", f.sign(with(f.header(), "cty", "JWT"), raw))
	f.add("structure: a token inside a token without cty", f.sign(f.header(), raw))
	f.add("structure: a token as a JSON string inside a token", f.sign(f.header(), text(json.RawMessage(`"`+raw+`"`))))
}

// sizes: the work before the first check is bounded (CVE-2025-30204).
func (f *forge) sizes() {
	const big = 4 << 20
	header, claims := text(f.header()), text(f.claims)
	s := strings.Split(f.raw, ".")
	spaces := strings.Repeat(" ", big)
	f.add("size: header of 4 MiB", f.sign(header+spaces, claims))
	f.add("size: claims of 4 MiB", f.sign(header, claims+spaces))
	f.add("size: signature of 4 MiB", s[0]+"."+s[1]+"."+strings.Repeat("A", big))
	f.add("size: 4 MiB of dots", strings.Repeat(".", big))
	f.add("size: 4 MiB of dots behind", f.raw+strings.Repeat(".", big))
	f.add("size: 4 MiB of junk", strings.Repeat("e", big))
	f.add("size: over 8 KiB", f.sign(header, claims+strings.Repeat(" ", 8<<10-len(f.raw)*3/4+8)))
	for _, depth := range []int{12, 1000, 1 << 20} {
		for name, nest := range map[string]string{
			"arrays": strings.Repeat("[", depth) + strings.Repeat("]", depth), "objects": strings.Repeat(`{"x":`, depth/4+9) + "1" + strings.Repeat("}", depth/4+9),
			"open arrays": strings.Repeat("[", depth),
		} {
			f.add(fmt.Sprintf("size: %d %s in the header", depth, name), f.sign(`{"x":`+nest+","+header[1:], claims))
			f.add(fmt.Sprintf("size: %d %s in the claims", depth, name), f.sign(header, `{"x":`+nest+","+claims[1:]))
		}
	}
}

// json: what is no JSON object in UTF-8, or more than one (RFC 8259, RFC 7519
// §7.2).
func (f *forge) json() {
	header, claims := text(f.header()), text(f.claims)
	for name, alter := range map[string]func(string) string{
		"BOM":                      func(s string) string { return "\ufeff" + s },
		"UTF-16":                   wide,
		"invalid UTF-8 in a name":  func(s string) string { return `{"x` + "\xff" + `":1,` + s[1:] },
		"invalid UTF-8 in a value": func(s string) string { return `{"x":"` + "\xc3" + `",` + s[1:] },
		"overlong UTF-8":           func(s string) string { return `{"x":"` + "\xc0\x80" + `",` + s[1:] },
		"surrogates in UTF-8":      func(s string) string { return `{"x":"` + "\xed\xa0\x80" + `",` + s[1:] },
		"another object behind":    func(s string) string { return s + "{}" },
		"a word behind":            func(s string) string { return s + " true" },
		"junk behind":              func(s string) string { return s + "}" },
		"NUL behind":               func(s string) string { return s + "\x00" },
		"cut off":                  func(s string) string { return s[:len(s)-1] },
		"a comma behind":           func(s string) string { return s[:len(s)-1] + ",}" },
		"a comma before":           func(s string) string { return "{," + s[1:] },
		"two commas":               func(s string) string { return strings.Replace(s, ",", ",,", 1) },
		"no comma":                 func(s string) string { return strings.Replace(s, ",", " ", 1) },
		"a comment":                func(s string) string { return "/**/" + s },
		"single quotes":            func(s string) string { return strings.ReplaceAll(s, `"`, "'") },
		"names without quotes":     func(s string) string { return "{x:1," + s[1:] },
		"a line break in a text":   func(s string) string { return "{\"x\":\"\n\"," + s[1:] },
		"a bad escape":             func(s string) string { return `{"x":"\x41",` + s[1:] },
		"NaN":                      func(s string) string { return `{"x":NaN,` + s[1:] },
		"Infinity":                 func(s string) string { return `{"x":Infinity,` + s[1:] },
		"a leading zero":           func(s string) string { return `{"x":01,` + s[1:] },
		"hexadecimal":              func(s string) string { return `{"x":0x1,` + s[1:] },
		"in an array":              func(s string) string { return "[" + s + "]" },
		"null":                     func(string) string { return "null" },
		"true":                     func(string) string { return "true" },
		"a number":                 func(string) string { return "1" },
		"a string":                 func(s string) string { return text(json.RawMessage(must(json.Marshal(s)))) },
		"an empty object":          func(string) string { return "{}" },
		"an empty array":           func(string) string { return "[]" },
		"a space":                  func(string) string { return " " },
		"no members, a colon":      func(string) string { return "{:}" },
	} {
		f.add("JSON of the header: "+name, f.sign(alter(header), claims))
		f.add("JSON of the claims: "+name, f.sign(header, alter(claims)))
	}
}

func wide(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(u >> 8))
		b.WriteByte(byte(u)) //nolint:gosec // the low half is meant
	}
	return b.String()
}

package report_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sojourn-go/sojourn/analytics/report"
)

func is(field report.Field, values ...string) report.Filter {
	return report.Filter{Field: field, Op: report.Is, Values: values}
}

func TestParseFilterReadsTheLanguage(t *testing.T) {
	google, mobile := is("source", "google"), is("device", "mobile")
	long := report.Filter{Field: report.FieldDuration, Op: report.AtLeast, Values: []string{"60"}}
	for text, want := range map[string]report.Filter{
		"":                                      {},
		"  ":                                    {},
		"()":                                    {},
		"source is google":                      google,
		"SOURCE is google":                      {},
		"source IS google":                      google,
		"source is google, bing":                is("source", "google", "bing"),
		`source is ""`:                          is("source", ""),
		`page is "/a b"`:                        is("page", "/a b"),
		`page is "/\"\u00fc"`:                   is("page", `/"ü`),
		"page matches /item/*":                  {Field: report.FieldPage, Op: report.Matches, Values: []string{"/item/*"}},
		"device is not mobile,tablet":           {Field: "device", Op: report.IsNot, Values: []string{"mobile", "tablet"}},
		`device is "not"`:                       is("device", "not"),
		"not device is mobile":                  {Not: &mobile},
		"engagement less than 1.5":              {Field: report.FieldEngagement, Op: report.LessThan, Values: []string{"1.5"}},
		"arm:checkout is b":                     is("arm:checkout", "b"),
		`"arm:check out" is b`:                  is("arm:check out", "b"),
		"source is google and device is mobile": {All: []report.Filter{google, mobile}},
		"source is google or device is mobile":  {Any: []report.Filter{google, mobile}},
		"(source is google)":                    google,
		"not (source is google or device is mobile)":                      {Not: &report.Filter{Any: []report.Filter{google, mobile}}},
		"source is google and (device is mobile or duration at least 60)": {All: []report.Filter{google, {Any: []report.Filter{mobile, long}}}},
		"source is google and device is mobile or duration at least 60":   {Any: []report.Filter{{All: []report.Filter{google, mobile}}, long}},
	} {
		got, err := report.ParseFilter(text)
		if text == "SOURCE is google" {
			if err == nil {
				t.Errorf("%s: fields have no capitals", text)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v, want %+v", text, got, err, want)
		}
	}
}

func TestParseFilterPointsAtThePlace(t *testing.T) {
	for text, want := range map[string]string{
		"sorce is google":                    `at character 1: unknown field "sorce"`,
		"source is":                          "at character 10: expected a value, found the end",
		"source google":                      `at character 8: expected is, is not, matches, at least or less than, found "google"`,
		"source is google device":            `at character 18: expected and, or, or the end, found "device"`,
		"source is google and":               "at character 21: expected a field, found the end",
		"(source is google":                  "at character 18: expected ), found the end",
		"source is google)":                  `at character 17: expected and, or, or the end, found ")"`,
		"source is and":                      `at character 11: "and" is a word of the language: as a value it must be in double quotes`,
		"duration at 60":                     `at character 13: expected least, found "60"`,
		"duration at least long":             `at character 19: "long" is no decimal number`,
		"duration at least 60, 70":           "at character 21: at least takes one number",
		"duration is 60":                     "at character 10: duration is a number: compare it with at least or less than",
		"source at least 60":                 "at character 8: source is text: compare it with is, is not or matches",
		`page is "/a`:                        "at character 9: the quotes are not closed, or hold a faulty backslash",
		"page is /ü":                         "at character 10: 'ü' must be in double quotes",
		`source is "ü" and page less than /`: "at character 24: page is text: compare it with is, is not or matches",
		"arm: is b":                          `at character 1: unknown field "arm:"`,
		"source is google,":                  "at character 18: expected a value, found the end",
		strings.Repeat("(", 33):              "at character 33: more than 32 groups inside one another",
		strings.Repeat("x", 16385):           "at character 1: the text has 16385 bytes, more than 16384",
	} {
		_, err := report.ParseFilter(text)
		var fault *report.FilterError
		if err == nil || err.Error() != "report: filter, "+want || !errors.Is(err, report.ErrQuestion) || !errors.As(err, &fault) {
			t.Errorf("%.60s: %v, want %s", text, err, want)
		}
	}
}

// filters draws filters without faults, whose lists have two members at least.
func filters(depth int) *rapid.Generator[report.Filter] {
	values := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"google", "and", "Not", "/a b", "", "a,b", `"`, "\\", "arm:x"}))
	text := rapid.Custom(func(t *rapid.T) report.Filter {
		field := rapid.SampledFrom([]report.Field{"source", "device", "entry", "login", report.FieldPage, report.FieldUser, "arm:x y", "arm:ü"}).Draw(t, "field")
		op := rapid.SampledFrom([]report.Op{report.Is, report.IsNot, report.Matches}).Draw(t, "op")
		return report.Filter{Field: field, Op: op, Values: rapid.SliceOfN(values, 1, 3).Draw(t, "values")}
	})
	number := rapid.Custom(func(t *rapid.T) report.Filter {
		field := rapid.SampledFrom([]report.Field{report.FieldViews, report.FieldDuration}).Draw(t, "field")
		op := rapid.SampledFrom([]report.Op{report.AtLeast, report.LessThan}).Draw(t, "op")
		return report.Filter{Field: field, Op: op, Values: []string{rapid.StringMatching(`-?[0-9]{1,5}(\.[0-9]{1,3})?`).Draw(t, "number")}}
	})
	if depth == 0 {
		return rapid.OneOf(text, number)
	}
	inner := rapid.Deferred(func() *rapid.Generator[report.Filter] { return filters(depth - 1) })
	list := rapid.SliceOfN(inner, 2, 3)
	return rapid.OneOf(
		text, number, rapid.Just(report.Filter{}),
		rapid.Map(list, func(l []report.Filter) report.Filter { return report.Filter{All: l} }),
		rapid.Map(list, func(l []report.Filter) report.Filter { return report.Filter{Any: l} }),
		rapid.Map(inner, func(f report.Filter) report.Filter { return report.Filter{Not: &f} }),
	)
}

func TestFilterStringIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := filters(4).Draw(t, "filter")
		got, err := report.ParseFilter(want.String())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: %+v, %v, want %+v", want, got, err, want)
		}
	})
}

func TestFilterStringLeavesOutListsOfOne(t *testing.T) {
	one := report.Filter{All: []report.Filter{{Any: []report.Filter{is("source", "google")}}}}
	nested := report.Filter{Any: []report.Filter{one, {All: []report.Filter{is("device", "mobile"), one}}}}
	if got := nested.String(); got != "source is google or (device is mobile and source is google)" {
		t.Error(got)
	}
}

func FuzzParseFilter(f *testing.F) {
	f.Add("source is google and (device is mobile or duration at least 60)")
	f.Add(`not page matches "/a b*", "\x00" or ()`)
	f.Add("((((")
	f.Add("arm:x is not \"\"")
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := report.ParseFilter(text)
		if err != nil {
			var fault *report.FilterError
			if !errors.As(err, &fault) || fault.Offset < 0 || fault.Offset > len(text) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		again, err := report.ParseFilter(filter.String())
		if err != nil && len(filter.String()) <= 16<<10 {
			t.Fatalf("%q became %q: %v", text, filter, err)
		}
		if err == nil && !reflect.DeepEqual(again, filter) {
			t.Fatalf("%q became %q: %+v, want %+v", text, filter, again, filter)
		}
	})
}

func TestStepsAreReadBack(t *testing.T) {
	for text, want := range map[string]report.Step{
		"page:/cart": {Page: "/cart"}, "route:/item/{id}": {Route: "/item/{id}"}, "screen:My cart": {Screen: "My cart"},
		"action:purchase": {Action: "purchase"}, "page:http://x": {Page: "http://x"},
	} {
		got, err := report.ParseStep(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "page", "page:", "/cart", "pages:/cart", "action: purchase "[:7]} {
		if s, err := report.ParseStep(text); !errors.Is(err, report.ErrQuestion) {
			t.Errorf("%q: %+v, %v", text, s, err)
		}
	}
}

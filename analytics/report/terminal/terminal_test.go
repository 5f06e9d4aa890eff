package terminal_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/analytics/report/terminal"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with the file of this name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("this is not %s any more; go test -update writes it anew if it is to change:\n%s", path, got)
	}
}

// hostile is what a visitor may send in place of a path: sequences that clear the
// screen, change the title, turn the direction of writing, and start a line anew.
const hostile = "/\x1b[2J\x1b]0;owned\x07\u202etxt.exe\u2066\r\nTotal: 0\x9b31m\xff"

// shop answers what an overview asks.
type shop struct{ report.Warehouse }

var (
	first = time.Date(2026, 3, 2, 0, 0, 0, 0, time.FixedZone("Europe/Berlin", 3600))
	last  = first.AddDate(0, 0, 7)
)

func (shop) Totals(_ context.Context, q report.TotalsQuery) ([]report.Group, error) {
	group := func(visits int64, key ...string) report.Group {
		return report.Group{Key: key, Totals: report.Totals{
			Visits: visits, UnderWay: visits / 20, Visitors: visits * 4 / 5, NewVisits: visits / 2, WithView: visits,
			Views: visits * 3, Actions: visits * visits / 1000, Judged: visits - visits/20, Bounces: visits / 3, SinglePage: visits / 2,
			Duration:  report.Spread{N: visits, Sum: time.Duration(visits) * 2 * time.Minute, At: []time.Duration{75 * time.Second, time.Hour}},
			Purchases: visits / 40, Revenue: map[string]int64{"EUR": visits * 999},
		}}
	}
	if q.Bots {
		return []report.Group{group(77)}, nil
	}
	if len(q.By) == 0 && q.From.Before(first) {
		before := group(1100)
		before.Bounces, before.Visitors = 400, 987
		return []report.Group{before}, nil
	}
	if len(q.By) == 0 {
		return []report.Group{group(1234)}, nil
	}
	switch q.By[0] {
	case report.ByDay:
		return []report.Group{
			group(300, "2026-03-04"), group(300, "2026-03-08"), group(284, "2026-03-07"), group(200, "2026-03-05"),
			group(100, "2026-03-02"), group(50, "2026-03-06"),
		}, nil
	case report.BySource:
		return []report.Group{group(700, "Google"), group(533, ""), group(1, "Übergrößenträger\u0301")}, nil
	case report.ByChannel:
		return []report.Group{group(700, "organic search"), group(534, "direct")}, nil
	default:
		return nil, nil
	}
}

func (shop) Pages(_ context.Context, q report.PagesQuery) ([]report.Page, error) {
	if q.Kind == report.ByScreen {
		return nil, nil
	}
	return []report.Page{
		{Name: hostile, Views: 2400}, {Name: "/" + strings.Repeat("very-long-", 20), Views: 1300}, {Name: "/rare", Views: 2},
	}, nil
}

func (shop) Actions(context.Context, report.ActionsQuery) ([]report.Action, error) {
	return []report.Action{{Name: "newsletter\u2028", Count: 1522}}, nil
}

func overview(t *testing.T) *report.Overview {
	t.Helper()
	req := report.Request{
		Selection: report.Selection{From: first, To: last, Where: report.Filter{Field: "source", Op: report.IsNot, Values: []string{hostile}}, Location: first.Location()},
		Compare:   report.ComparePrevious,
		Better:    map[string]report.Direction{"bounce rate": report.Lower, "visits": report.Higher, "visitors": report.Lower},
	}
	o, err := report.New(shop{}, report.Options{Now: func() time.Time { return last }}).Overview(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func table() report.Table {
	value := func(v float64, unit report.Unit) report.Cell { return report.Cell{Value: &v, Unit: unit} }
	return report.Table{
		Title:   "Pages by path",
		Columns: []string{"path", "views", "views change", "share of views", "median time on page", "exit rate", "bounce rate", "revenue EUR", "a word-that-does-not-fit-anywhere", "note"},
		Rows: [][]report.Cell{
			{
				{Text: hostile},
				value(123456, report.UnitCount),
				{Value: new(0.125), Unit: report.UnitShare, Change: true, Good: new(true)},
				value(0.5, report.UnitShare), value(75, report.UnitTime), value(0.25, report.UnitShare),
				{Unit: report.UnitShare},
				{Value: new(1999.0), Unit: report.UnitMoney, Currency: "EUR"},
				value(1.5, report.UnitRatio),
				{Text: "on\nsale"},
			},
			{
				{Text: strings.Repeat("/ü", 60)},
				value(0, report.UnitCount),
				{Value: new(-0.5), Unit: report.UnitShare, Change: true, Good: new(false)},
				{Unit: report.UnitShare},
				{Unit: report.UnitTime},
				value(0, report.UnitShare), value(1, report.UnitShare),
				{Unit: report.UnitMoney, Currency: "EUR"},
				value(0, report.UnitRatio),
				{},
			},
			{
				{},
				{Unit: report.UnitCount},
				{Value: new(0.0), Unit: report.UnitShare, Change: true},
				{Unit: report.UnitShare},
				{Unit: report.UnitTime},
				{Unit: report.UnitShare},
				{Unit: report.UnitShare},
				{Unit: report.UnitMoney},
				{Unit: report.UnitRatio},
				{Text: strings.Repeat("long ", 20)},
			},
		},
	}
}

func TestOutputIsThatOfTheGoldenFiles(t *testing.T) {
	for name, o := range map[string]terminal.Options{
		"plain": {}, "wide": {Width: 160}, "narrow": {Width: 10}, "color": {Color: true}, "ascii": {ASCII: true},
	} {
		var b strings.Builder
		if err := terminal.Overview(&b, overview(t), o); err != nil {
			t.Fatal(err)
		}
		golden(t, "overview-"+name+".txt", b.String())
		checkHarmless(t, name, b.String(), o)
		b.Reset()
		if err := terminal.Table(&b, table(), o); err != nil {
			t.Fatal(err)
		}
		golden(t, "table-"+name+".txt", b.String())
		checkHarmless(t, name, b.String(), o)
	}
}

// checkHarmless checks that nothing steers the terminal but the colours of o, and
// that lines fit.
func checkHarmless(t *testing.T, name, text string, o terminal.Options) {
	t.Helper()
	if o.Color {
		for _, code := range []string{"0", "1", "31", "32"} {
			text = strings.ReplaceAll(text, "\x1b["+code+"m", "")
		}
	}
	for _, r := range text {
		if r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || o.ASCII && r >= utf8.RuneSelf {
			t.Errorf("%s: %q in the output", name, r)
		}
	}
	width := max(40, o.Width)
	if o.Width == 0 {
		width = 80
	}
	for line := range strings.SplitSeq(text, "\n") {
		if n := utf8.RuneCountInString(line); n > width+1 { // one is a combining mark
			t.Errorf("%s: a line of %d characters: %s", name, n, line)
		}
		if strings.TrimRight(line, " ") != line {
			t.Errorf("%s: spaces at the end of %q", name, line)
		}
	}
}

func TestColorTellsNothingAlone(t *testing.T) {
	var plain, colored strings.Builder
	if err := terminal.Overview(&plain, overview(t), terminal.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := terminal.Overview(&colored, overview(t), terminal.Options{Color: true}); err != nil {
		t.Fatal(err)
	}
	text := colored.String()
	for _, code := range []string{"0", "1", "31", "32"} {
		text = strings.ReplaceAll(text, "\x1b["+code+"m", "")
	}
	if text != plain.String() {
		t.Error("the output with colours says something else")
	}
}

func TestEmptyReportsAreShownAsSuch(t *testing.T) {
	var b strings.Builder
	if err := terminal.Table(&b, report.Table{Title: "Pages", Columns: []string{"path"}}, terminal.Options{}); err != nil || b.String() != "Pages\nnothing\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
	b.Reset()
	if err := terminal.Overview(&b, &report.Overview{}, terminal.Options{}); err != nil || !strings.Contains(b.String(), "Overview\n... to ...") {
		t.Errorf("%q, %v", b.String(), err)
	}
}

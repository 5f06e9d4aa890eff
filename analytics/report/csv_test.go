package report_test

import (
	"strings"
	"testing"

	"github.com/sojourn-go/sojourn/analytics/report"
)

func TestCSVHoldsNoFormula(t *testing.T) {
	table := report.Table{Columns: []string{"page", "=value", "change"}}
	for _, s := range []string{"=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝x", "＋x", "－x", "＠x", "'x", "/a,b", `say "hi"`, "\xff", "ü", ""} {
		table.Rows = append(table.Rows, []report.Cell{
			{Text: s}, {Value: new(-1.5), Unit: report.UnitRatio}, {Unit: report.UnitShare, Change: true},
		})
	}
	var b strings.Builder
	if err := report.WriteCSV(&b, table); err != nil {
		t.Fatal(err)
	}
	want := "page,'=value,change\n" +
		"'=1+1,-1.5,\n'+1,-1.5,\n'-1,-1.5,\n'@x,-1.5,\n'\tx,-1.5,\n\"'\rx\",-1.5,\n\"'\nx\",-1.5,\n'＝x,-1.5,\n'＋x,-1.5,\n'－x,-1.5,\n'＠x,-1.5,\n'x,-1.5,\n" +
		"\"/a,b\",-1.5,\n\"say \"\"hi\"\"\",-1.5,\n\uFFFD,-1.5,\nü,-1.5,\n,-1.5,\n"
	if b.String() != want {
		t.Errorf("%q\nwant\n%q", b.String(), want)
	}
}

func TestValuesReadWell(t *testing.T) {
	for _, c := range []struct {
		value    float64
		unit     report.Unit
		currency string
		want     string
	}{
		{1234567, report.UnitCount, "", "1,234,567"},
		{0, report.UnitCount, "", "0"},
		{1.256, report.UnitRatio, "", "1.26"},
		{0.12345, report.UnitShare, "", "12.3 %"},
		{0.25, report.UnitTime, "", "0.2 s"},
		{9.94, report.UnitTime, "", "9.9 s"},
		{9.96, report.UnitTime, "", "10 s"},
		{59.6, report.UnitTime, "", "1 min"},
		{75, report.UnitTime, "", "1 min 15 s"},
		{3600 * 26, report.UnitTime, "", "1 d 2 h"},
		{3600 + 59, report.UnitTime, "", "1 h"},
		{123456, report.UnitMoney, "EUR", "1,234.56 EUR"},
		{1234, report.UnitMoney, "JPY", "1,234 JPY"},
		{1234, report.UnitMoney, "KWD", "1.234 KWD"},
		{-5, report.UnitMoney, "EUR", "-0.05 EUR"},
		{-0.0001, report.UnitShare, "", "0.0 %"},
	} {
		if got := report.FormatValue(c.value, c.unit, c.currency); got != c.want {
			t.Errorf("%v %s: %q, want %q", c.value, c.unit, got, c.want)
		}
	}
	if got := report.FormatChange(0.125) + report.FormatChange(-0.5); got != "+12.5 %-50.0 %" {
		t.Error(got)
	}
}

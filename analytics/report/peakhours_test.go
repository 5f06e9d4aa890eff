package report_test

import (
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/analytics/report/reporttest"
)

func TestPeakHoursAreAveragesOverTheHoursThatCame(t *testing.T) {
	req := days()
	req.From = monday.Plus(-7).At("00:00")
	p, err := reports(t, traffic()).PeakHours(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	// Monday came twice. 10 o'clock: v1 and v2; 11 o'clock: v3.
	h := p.Week[0][10]
	if h.Active != 2 || h.Times != 2 || *h.Average != 1 {
		t.Errorf("Monday at 10: %+v", h)
	}
	if h := p.Week[0][11]; h.Active != 1 || *h.Average != 0.5 {
		t.Errorf("Monday at 11: %+v", h)
	}
	if h := p.Week[6][3]; h.Times != 1 || *h.Average != 0 {
		t.Errorf("Sunday at 3: %+v", h)
	}
	if p.Peak == nil || p.Peak.String() != "Monday 10:00-11:00" || p.Peak.Average != 1 {
		t.Errorf("the peak is %+v", p.Peak)
	}
	// Saturday 28 February at 12, once.
	if h := p.Week[5][12]; h.Active != 1 || h.Times != 1 {
		t.Errorf("Saturday at 12: %+v", h)
	}
}

func TestPeakHoursKnowTheClockThatIsSet(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	for day, times := range map[string][2]int64{
		"2026-03-29": {0, 1}, // no 2:00
		"2026-10-25": {2, 1}, // two of them
		"2026-06-07": {1, 1},
	} {
		date := reporttest.Day(day, "Europe/Berlin")
		req := report.Request{Selection: report.Selection{Location: berlin}}
		req.From, req.To = date.At("00:00"), date.Plus(1).At("00:00")
		model := reporttest.NewModel()
		visit := date.Visit("v").View("01:10", "/").View("03:20", "/").Ends("04:00", analytics.ReasonIdle)
		if err := model.Record(t.Context(), visit.Events()); err != nil {
			t.Fatal(err)
		}
		p, err := report.New(model, report.Options{Now: func() time.Time { return date.Plus(30).At("00:00") }}).PeakHours(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		two, three := p.Week[6][2], p.Week[6][3]
		if two.Times != times[0] || three.Times != times[1] || two.Active != times[0] || three.Active != 1 {
			t.Errorf("%s: 2 o'clock %+v, 3 o'clock %+v", day, two, three)
		}
	}
}

func TestPeakHoursLeaveOutWhatLastsBeyondThePeriod(t *testing.T) {
	req := days()
	req.To = monday.At("10:30")
	model := reporttest.NewModel()
	visit := monday.Visit("v").View("10:10", "/").View("10:40", "/").View("11:05", "/")
	if err := model.Record(t.Context(), visit.Events()); err != nil {
		t.Fatal(err)
	}
	p, err := report.New(model, report.Options{}).PeakHours(t.Context(), req)
	if err != nil || p.Outside != 1 || p.Week[0][10].Active != 1 || p.Week[0][11].Active != 0 {
		t.Errorf("%+v, %v", p, err)
	}
}

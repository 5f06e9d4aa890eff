package report_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

func TestSeriesHasNoGaps(t *testing.T) {
	r, req := reports(t, traffic()), days()
	req.From, req.Compare = monday.Plus(-1).At("00:00"), report.ComparePrevious
	s, err := r.Series(t.Context(), req, report.SeriesOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Lines) != 1 || len(s.Lines[0].Points) != 3 || len(s.Lines[0].Before) != 3 {
		t.Fatalf("%+v", s)
	}
	for i, want := range []struct {
		start  string
		value  float64
		before float64
	}{{"2026-03-01", 0, 0}, {"2026-03-02", 3, 0}, {"2026-03-03", 1, 1}} {
		p := s.Lines[0].Points[i]
		if p.Start != want.start || *p.Value != want.value || *s.Lines[0].Before[i].Value != want.before {
			t.Errorf("%+v, before %+v, want %+v", p, s.Lines[0].Before[i], want)
		}
	}
}

func TestSeriesByDimensionKeepsTheLargestLines(t *testing.T) {
	s, err := reports(t, traffic()).Series(t.Context(), days(), report.SeriesOptions{
		Every: report.ByWeek, By: report.BySource, Metric: "bounce rate", Limit: 1,
	})
	if err != nil || len(s.Lines) != 1 || s.Beyond != 1 || s.Unit != report.UnitShare {
		t.Fatalf("%+v, %v", s, err)
	}
	line := s.Lines[0]
	if line.Key != "" || line.Visits != 3 || len(line.Points) != 1 || line.Points[0].Start != "2026-03-02" || *line.Points[0].Value != 0.5 || line.Points[0].Rows != 2 {
		t.Errorf("%+v", line)
	}
}

func TestSeriesGoesByTheLocalClock(t *testing.T) {
	r := reports(t, nil)
	for _, c := range []struct {
		every    report.Dimension
		zone     string
		from, to string
		want     []string
	}{
		{report.ByHour, "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T03:00:00Z", []string{"2026-03-29T01:00", "2026-03-29T03:00", "2026-03-29T04:00"}},
		{report.ByHour, "Europe/Berlin", "2026-10-24T23:00:00Z", "2026-10-25T02:00:00Z", []string{"2026-10-25T01:00", "2026-10-25T02:00"}},
		{report.ByHour, "Asia/Kolkata", "2026-03-14T00:00:00Z", "2026-03-14T01:00:00Z", []string{"2026-03-14T05:00", "2026-03-14T06:00"}},
		{report.ByDay, "America/Sao_Paulo", "2018-11-03T03:00:00Z", "2018-11-06T02:00:00Z", []string{"2018-11-03", "2018-11-04", "2018-11-05"}},
		{report.ByWeek, "UTC", "2026-03-08T00:00:00Z", "2026-03-10T00:00:00Z", []string{"2026-03-02", "2026-03-09"}},
		{report.ByMonth, "UTC", "2025-12-31T00:00:00Z", "2026-02-01T00:00:00Z", []string{"2025-12-01", "2026-01-01"}},
	} {
		req := report.Request{Selection: report.Selection{Location: zone(t, c.zone)}}
		req.From, req.To = at(t, c.from), at(t, c.to)
		clock := func() time.Time { return req.To }
		s, err := report.New(empty{}, report.Options{Now: clock}).Series(t.Context(), req, report.SeriesOptions{Every: c.every})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range s.Lines[0].Points {
			got = append(got, p.Start)
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s in %s: %v, want %v", c.every, c.zone, got, c.want)
		}
	}
	req := report.Request{}
	req.From = at(t, "1800-01-01T00:00:00Z")
	if _, err := r.Series(t.Context(), req, report.SeriesOptions{Every: report.ByHour}); !errors.Is(err, report.ErrQuestion) {
		t.Errorf("two centuries by the hour: %v", err)
	}
}

func TestSeriesWithoutBoundsGoesByWhatThereIs(t *testing.T) {
	s, err := reports(t, traffic()).Series(t.Context(), report.Request{}, report.SeriesOptions{})
	if err != nil || len(s.Lines[0].Points) != 4 || s.Lines[0].Points[0].Start != "2026-02-28" || s.Lines[0].Points[3].Start != "2026-03-03" {
		t.Errorf("%+v, %v", s, err)
	}
}

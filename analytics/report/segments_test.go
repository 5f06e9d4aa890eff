package report_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/sojourn-go/sojourn/analytics/report"
)

func TestSegmentsStandSideBySide(t *testing.T) {
	google := report.Segment{Name: "google", Filter: is("source", "Google")}
	direct := report.Segment{Name: "direct", Filter: is("source", "")}
	req := days()
	req.Where = report.Filter{Field: report.FieldViews, Op: report.AtLeast, Values: []string{"1"}}
	s, err := reports(t, traffic()).Segments(t.Context(), req, google, direct)
	if err != nil || len(s.Segments) != 2 {
		t.Fatalf("%+v, %v", s, err)
	}
	shareIs(t, "google", s.Segments[0].Share, 0.25)
	expect(t, s.Segments[1].Visits, 3, 3)
	shareIs(t, "direct against google", s.Segments[1].Visits.Change, 2)
	if table := s.Table(); table.Columns[2] != "google" || *table.Rows[1][3].Value != 3 {
		t.Errorf("%+v", table)
	}
}

func TestHighlyEngagedFindsItsThreshold(t *testing.T) {
	r := reports(t, traffic())
	h, err := r.HighlyEngaged(t.Context(), days(), report.FieldDuration, 95)
	if err != nil || h.Filter.String() != "duration at least 162" {
		t.Fatalf("%+v, %v", h, err)
	}
	expect(t, h.Threshold, 162, 3)
	req := days()
	req.Where = is("source", "Google")
	if _, err := r.HighlyEngaged(t.Context(), req, report.FieldEngagement, 90); !errors.Is(err, report.ErrNothing) {
		t.Errorf("without a beacon: %v", err)
	}
	for _, percentile := range []float64{0, 100, -1} {
		if _, err := r.HighlyEngaged(t.Context(), req, report.FieldEngagement, percentile); !errors.Is(err, report.ErrQuestion) {
			t.Errorf("percentile %v: %v", percentile, err)
		}
	}
}

func TestSegmentsAreKeptAsJSON(t *testing.T) {
	google := is("source", "google")
	want := []report.Segment{{Name: "google", Filter: google}, {Name: "others", Filter: report.Filter{Not: &google}}}
	var file bytes.Buffer
	if err := report.WriteSegments(&file, want); err != nil {
		t.Fatal(err)
	}
	got, err := report.ReadSegments(&file)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = report.ReadSegments(strings.NewReader(`[{"name":"a","filter":{"field":"sorce","op":"is","values":["x"]}},{"name":"a","filter":{}},{"name":""}]`))
	if err == nil || strings.Count(err.Error(), "\n") != 2 || !errors.Is(err, report.ErrQuestion) {
		t.Errorf("%v", err)
	}
}

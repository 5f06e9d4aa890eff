package httpapi_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/analytics/report/httpapi"
)

func TestAnswersStayAsTheyAre(t *testing.T) {
	saved := []report.Segment{
		{Name: "google", Filter: report.Filter{Field: "source", Op: report.Is, Values: []string{"Google"}}},
	}
	h := api(t, httpapi.Options{Segments: saved})
	const period = "from=2026-03-02&to=2026-03-04"
	for name, url := range map[string]string{
		"overview":      "/overview?" + period + "&compare=previous&goal=action:purchase&better=bounce+rate:lower&where=views+at+least+1",
		"summary":       "/summary?period=last+7+days&bots=true",
		"series":        "/series?" + period + "&by=source&metric=bounce+rate&compare=week&limit=1",
		"breakdown":     "/breakdown?" + period + "&by=source&by=device&metric=visits&metric=median+duration&metric=revenue+EUR",
		"peak-hours":    "/peak-hours?" + period + "&tz=Europe/Berlin",
		"pages":         "/pages?" + period + "&least=true&limit=2",
		"actions":       "/actions?" + period,
		"funnel":        "/funnel?" + period + "&step=page:/&step=page:/shop&step=action:purchase&within=30m&scope=visitor",
		"paths":         "/paths?" + period + "&length=2",
		"retention":     "/retention?" + period + "&every=day&periods=3",
		"new-returning": "/new-returning?" + period,
		"segments":      "/segments?" + period + "&segment=google&segment=others%3Dnot+source+is+Google&engaged=50",
		"carts":         "/carts?" + period + "&idle=2h",
		"experiment":    "/experiment?" + period + "&name=checkout&goal=action:purchase&weight=a:1&weight=b:1",
		"lifecycle":     "/lifecycle?" + period,
		"live":          "/live",
		"ledger":        "/ledger",
		"explain":       "/explain/bounce_rate?" + period,
	} {
		t.Run(name, func(t *testing.T) {
			w := get(t, h, url)
			if w.Code != 200 || w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Cache-Control") != "private, no-store" {
				t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
			}
			var indented bytes.Buffer
			if err := json.Indent(&indented, w.Body.Bytes(), "", "  "); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".json", indented.Bytes())
			w = get(t, h, url, "Accept", "text/csv")
			if w.Code != 200 || w.Header().Get("Content-Type") != "text/csv; charset=utf-8; header=present" {
				t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
			}
			golden(t, name+".csv", w.Body.Bytes())
		})
	}
}

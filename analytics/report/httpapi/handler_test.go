package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/analytics/report/httpapi"
)

func problem(t *testing.T, w *httptest.ResponseRecorder, status int) httpapi.Problem {
	t.Helper()
	var p httpapi.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	if w.Code != status || p.Status != status || w.Header().Get("Content-Type") != "application/problem+json" ||
		w.Header().Get("Cache-Control") != "private, no-store" {
		t.Fatalf("%d %v %s, want %d", w.Code, w.Header(), w.Body, status)
	}
	return p
}

func TestAllFaultsAreToldTogether(t *testing.T) {
	h := api(t, httpapi.Options{})
	for query, wants := range map[string][]string{
		"/overview?from=yesterday&to=2026-03-99&tz=Moon&where=x&bots=maybe&compare=decade&goal=/&better=luck:more&format=xml&nonsense=1": {
			"from", "to", "tz", "where", "bots", "goal", "format", "nonsense", "comparison", "luck", "higher or lower",
		},
		"/overview?period=today&from=2026-03-01":                   {"period"},
		"/overview?to=2026-03-01":                                  {"from"},
		"/overview?period=tomorrow&period=today":                   {"2 times", "tomorrow"},
		"/overview?from=2021-03-01&to=2026-03-02":                  {"from"},
		"/overview?from=0001-06-01&to=0005-01-01&compare=previous": {"from", "to"},
		"/overview?from=9999-12-30&to=9999-12-31T23:59:59-12:00":   {"from", "to"},
		"/overview?from=2026-03-02&to=2026-03-01":                  {"ends before it begins"},
		"/overview?from=2026-03-02&from=2026-03-03":                {"from"},
		"/overview?limit=3":                                        {"limit"},
		"/overview?tz=Local":                                       {"tz"},
		"/overview?a=%zz":                                          {"query"},
		"/series?every=minute&metric=joy&limit=0":                  {"minute", "joy", "limit"},
		"/pages?limit=10001&kind=book":                             {"limit", "book"},
		"/breakdown":                                               {"dimension"},
		"/funnel?step=cart&within=-1s&scope=world":                 {"step", "within", "world"},
		"/paths?length=ten&limit=x":                                {"length", "limit"},
		"/retention?every=hour&periods=61":                         {"hour", "61"},
		"/segments":                                                {"segments"},
		"/segments?segment=a&engaged=x&engaged-by=luck":            {"segment", "engaged"},
		"/segments?engaged=NaN":                                    {"percentile"},
		"/experiment?weight=a&weight=b:0&weight=b:1":               {"weight", "two weights", "no name", "a goal", "weight of 0"},
		"/live?tz=UTC":                                             {"tz"},
		"/explain/visits?limit=3":                                  {"limit"},
		"/carts?idle=soon":                                         {"idle"},
		"/lifecycle?where=" + strings.Repeat("(", 100):             {"where"},
		"/overview?better=visits":                                  {"higher or lower"},
		"/overview?where=source+is&goal=action:":                   {"where", "goal"},
		"/overview?where=" + url.QueryEscape(`page is "\xff`):      {"where"},
	} {
		p := problem(t, get(t, h, query), http.StatusBadRequest)
		all, err := json.Marshal(p.Errors)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(string(all), want) {
				t.Errorf("%s: nothing about %q in %s", query, want, all)
			}
		}
		if len(p.Errors) > len(wants) {
			t.Errorf("%s: %d faults for %v: %s", query, len(p.Errors), wants, all)
		}
	}
}

func TestUnknownPathsAndMethodsAreProblems(t *testing.T) {
	h := api(t, httpapi.Options{})
	problem(t, get(t, h, "/"), http.StatusNotFound)
	problem(t, get(t, h, "/nothing"), http.StatusNotFound)
	problem(t, get(t, h, "/explain/luck"), http.StatusNotFound)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/overview", nil))
	problem(t, w, http.StatusMethodNotAllowed)
	if w.Header().Get("Allow") != "GET, HEAD" {
		t.Error(w.Header())
	}
}

func TestNothingToGoByIsNoFaultOfTheQuestion(t *testing.T) {
	problem(t, get(t, api(t, httpapi.Options{}), "/segments?engaged=90&from=2026-01-01&to=2026-01-02"), http.StatusUnprocessableEntity)
}

func TestFormatGoesBeforeAccept(t *testing.T) {
	h := api(t, httpapi.Options{})
	for _, c := range []struct {
		query, accept string
		csv           bool
	}{
		{"", "", false},
		{"", "*/*", false},
		{"", "text/csv", true},
		{"", "text/csv, */*;q=0.1", true},
		{"", "application/json, text/csv;q=0.9", false},
		{"", "text/csv;q=0", false},
		{"", "text/html, nonsense;;, text/csv", true},
		{"?format=csv", "application/json", true},
		{"?format=json", "text/csv", false},
	} {
		w := get(t, h, "/ledger"+c.query, "Accept", c.accept)
		if csv := strings.HasPrefix(w.Header().Get("Content-Type"), "text/csv"); w.Code != 200 || csv != c.csv || w.Header().Get("Vary") != "Accept" {
			t.Errorf("%+v: %d %v", c, w.Code, w.Header())
		}
	}
}

// failing is a warehouse whose ledger fails, and which never comes to tell what is
// live.
type failing struct{ report.Warehouse }

func (failing) Ledger(context.Context) (report.Ledger, error) {
	return report.Ledger{}, errors.New("disk of host db7 is full")
}

func (failing) Live(ctx context.Context, _ time.Time) (report.Live, error) {
	<-ctx.Done()
	return report.Live{}, ctx.Err()
}

func TestWhyTheWarehouseFailedIsForTheLog(t *testing.T) {
	var log bytes.Buffer
	h := httpapi.New(report.New(failing{}, report.Options{}), httpapi.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	p := problem(t, get(t, h, "/ledger"), http.StatusInternalServerError)
	if strings.Contains(p.Detail, "db7") || !strings.Contains(log.String(), "db7") {
		t.Errorf("answer %+v, log %s", p, log.String())
	}
}

func TestAnAnswerThatTakesTooLongIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := httpapi.New(report.New(failing{}, report.Options{}), httpapi.Options{Timeout: time.Minute})
		w := get(t, h, "/live")
		problem(t, w, http.StatusServiceUnavailable)
		if w.Header().Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	})
}

func TestDatesAreDaysOfTheZone(t *testing.T) {
	w := get(t, api(t, httpapi.Options{}), "/summary?from=2018-11-04&to=2018-11-05&tz=America/Sao_Paulo")
	var s report.Summary
	if err := json.Unmarshal(w.Body.Bytes(), &s); err != nil {
		t.Fatal(err)
	}
	if got := s.From.Format(time.RFC3339) + " " + s.To.Format(time.RFC3339); got != "2018-11-04T01:00:00-02:00 2018-11-05T00:00:00-02:00" {
		t.Error(got)
	}
}

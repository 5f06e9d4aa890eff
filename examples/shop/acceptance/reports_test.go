package acceptance

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// questions are the reports over HTTP, each with what it needs.
var questions = []string{
	"overview", "summary", "peak-hours", "new-returning", "lifecycle", "live", "ledger", "segments?segment=desk=device+is+desktop", "explain/bounce_rate",
	"series?every=hour&metric=visits", "breakdown?by=source&by=device", "pages?kind=route", "actions?limit=5", "paths", "carts?idle=1s",
	"retention?every=day&periods=2", "funnel?step=page:/&step=action:cart.changed&step=action:checkout.completed",
	"experiment?name=order-button&goal=action:checkout.completed", "overview?period=today&compare=previous&where=source+is+Direct",
}

func TestReportsAreForTheAdministrator(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t, shared(t)...)
		stranger, ada := s.client(), s.client()
		stranger.open(t, "/tea/sencha")
		ada.open(t, "/")
		ada.login(t, "ada")
		ada.add(t, "sencha", 1)
		ada.open(t, "/cart")
		ada.checkout(t)
		reported(t, s, "what happened is in the reports", "overview", func(o overview) error { return o.Purchases.is("purchases", 1) })
		for _, question := range questions {
			path := "/api/report/" + question
			stranger.do(t, "GET", path, "", http.StatusUnauthorized)
			ada.do(t, "GET", path, "", http.StatusForbidden)
			a, err := s.tryAsAdmin(path, http.StatusOK)
			if err != nil {
				t.Error(err)
				continue
			}
			if !json.Valid([]byte(a.body)) || a.header.Get("Content-Type") != "application/json" {
				t.Errorf("%s is no JSON: %v", question, a)
			}
			if err := uncacheable(a); err != nil {
				t.Error(err)
			}
			glue := "?"
			if strings.Contains(path, "?") {
				glue = "&"
			}
			if a, err = s.tryAsAdmin(path+glue+"format=csv", http.StatusOK); err != nil {
				t.Error(err)
				continue
			}
			rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
			if err != nil || len(rows) == 0 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/csv") {
				t.Errorf("%s is no CSV: %v: %v", question, err, a)
			}
		}
	})
}

func TestFaultyQuestions(t *testing.T) {
	s := memory.open(t)
	for question, want := range map[string]struct {
		status     int
		parameters []string
	}{
		"overview?period=tomorrow&tz=Tea/Pot&limit=9": {http.StatusBadRequest, []string{"period", "tz", "limit"}},
		"pages?limit=0&kind=tea":                      {http.StatusBadRequest, []string{"limit"}},
		"overview?where=tea+is+green":                 {http.StatusBadRequest, []string{"where"}},
		"overview?from=yesterday":                     {http.StatusBadRequest, []string{"from"}},
		"overview?bots=perhaps":                       {http.StatusBadRequest, []string{"bots"}},
		"funnel?step=tea":                             {http.StatusBadRequest, []string{"step"}},
		"ledger?period=today":                         {http.StatusBadRequest, []string{"period"}},
		"segments?engaged=90":                         {http.StatusUnprocessableEntity, nil}, // nobody was engaged yet
		"explain/tea":                                 {http.StatusNotFound, nil},
		"tea":                                         {http.StatusNotFound, nil},
		"":                                            {http.StatusNotFound, nil},
	} {
		a, err := s.tryAsAdmin("/api/report/"+question, want.status)
		if err != nil {
			t.Error(err)
			continue
		}
		var problem struct {
			Title  string `json:"title"`
			Status int    `json:"status"`
			Detail string `json:"detail"`
			Errors []struct {
				Parameter string `json:"parameter"`
				Detail    string `json:"detail"`
			} `json:"errors"`
		}
		if err := json.Unmarshal([]byte(a.body), &problem); err != nil || a.header.Get("Content-Type") != "application/problem+json" ||
			problem.Status != want.status || problem.Title == "" || problem.Detail == "" {
			t.Errorf("%q: %v, want a problem (RFC 9457): %v", question, a, err)
		}
		named := map[string]bool{}
		for _, e := range problem.Errors {
			named[e.Parameter] = e.Detail != ""
		}
		for _, p := range want.parameters {
			if !named[p] {
				t.Errorf("%q: nothing is said of %s: %s", question, p, a.body)
			}
		}
	}
	if a := s.client().do(t, "POST", "/api/report/overview", "{}"); a.status != http.StatusMethodNotAllowed && a.status != http.StatusUnauthorized {
		t.Errorf("reports are read: %v", a)
	}
}

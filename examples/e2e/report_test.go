package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// admin asks for what only the administrator gets. It is no browser, and so its
// requests are no page views.
type admin struct {
	http *http.Client
	url  string
}

func (s *shop) admin(t *testing.T) *admin {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	a := &admin{&http.Client{Jar: jar, Timeout: patience}, s.url}
	answer, err := a.http.Post(s.url+"/api/login", "application/json", strings.NewReader(`{"user":"admin","password":"sojourn"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("the administrator is not let in: %s", answer.Status)
	}
	return a
}

// ask returns the answer to GET /api/ and what follows.
func ask[T any](a *admin, path string) (T, error) {
	var v T
	answer, err := a.http.Get(a.url + "/api/" + path)
	if err != nil {
		return v, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return v, err
	}
	if answer.StatusCode != http.StatusOK {
		return v, fmt.Errorf("GET /api/%s: %s: %s", path, answer.Status, body)
	}
	return v, json.Unmarshal(body, &v)
}

// number is a number of a report.
type number struct {
	Value *float64 `json:"value"` // nil: not known
}

// between complains unless the number is known and within bounds.
func (n number) between(what string, low, high float64) error {
	if n.Value == nil || *n.Value < low || *n.Value > high {
		return fmt.Errorf("%s: %v, want %v to %v", what, n, low, high)
	}
	return nil
}

func (n number) String() string {
	if n.Value == nil {
		return "not known"
	}
	return fmt.Sprint(*n.Value)
}

// pageRow is what the report says of a page.
type pageRow struct {
	Name       string `json:"name"`
	Views      number `json:"views"`
	MedianTime number `json:"median_time"` // seconds
}

// pages returns the report on pages, by path.
func (a *admin) pages() (map[string]pageRow, error) {
	report, err := ask[struct{ Rows []pageRow }](a, "report/pages")
	pages := map[string]pageRow{}
	for _, p := range report.Rows {
		pages[p.Name] = p
	}
	return pages, err
}

// count returns how many events of a type there are.
func (a *admin) count(eventType string) (int, error) {
	events, err := ask[[]json.RawMessage](a, "events?type="+url.QueryEscape(eventType))
	return len(events), err
}

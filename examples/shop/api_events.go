package main

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
)

// apiEvents answers from the store's feed, which is complete on every instance.
func (s *shop) apiEvents(w http.ResponseWriter, r *http.Request) error {
	events, err := s.events(r)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, events)
}

// apiReport answers with a report: see package httpapi.
func (s *shop) apiReport(w http.ResponseWriter, r *http.Request) error {
	http.StripPrefix("/api/report", s.reports).ServeHTTP(w, r)
	return nil
}

// events returns the events that the query of a request selects, oldest first.
func (s *shop) events(r *http.Request) ([]analytics.Event, error) {
	form := r.URL.Query()
	q := analytics.Query{Session: form.Get("session"), User: form.Get("user"), Type: analytics.Type(form.Get("type"))}
	if limit := form.Get("limit"); limit != "" {
		n, err := strconv.Atoi(limit)
		if err != nil || n < 1 {
			return nil, httpError{http.StatusUnprocessableEntity, "A limit is a number from 1."}
		}
		q.Limit = n
	}
	events, err := s.store.Events(r.Context(), q)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", middleware.ErrUnavailable, err)
	}
	if events == nil {
		events = []analytics.Event{} // [] rather than null
	}
	return events, nil
}

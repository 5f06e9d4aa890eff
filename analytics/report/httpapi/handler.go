package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

const defaultTimeout = 30 * time.Second

// Options tunes [New]. The zero value is a good choice.
type Options struct {
	// Timeout bounds the time that the warehouse has for one answer. Default: 30 s.
	Timeout time.Duration

	// Segments are those that can be asked for by name.
	Segments []report.Segment

	// Logger is told, at Error, why the warehouse failed. It sees no parameter.
	// Default: nothing is logged.
	Logger *slog.Logger
}

// New returns a handler that serves reports. It is safe for concurrent use and
// keeps nothing between requests. It panics if reports is nil.
func New(reports *report.Reports, o Options) http.Handler {
	if reports == nil {
		panic("httpapi: New needs Reports")
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	a := &api{reports: reports, options: o}
	mux := http.NewServeMux()
	for path, answer := range a.answers() {
		mux.Handle("GET "+path, a.serve(answer))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			writeProblem(w, http.StatusMethodNotAllowed, "reports are read with GET", nil)
			return
		}
		writeProblem(w, http.StatusNotFound, "there is no such report", nil)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "private, no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		mux.ServeHTTP(w, r)
	})
}

// api is what the handlers share.
type api struct {
	reports *report.Reports
	options Options
}

// tabled is what every report is.
type tabled interface{ Table() report.Table }

// answer puts one question. It takes its parameters from p and asks only if there
// was no fault in any of them.
type answer func(ctx context.Context, r *http.Request, p *parameters) (tabled, error)

func (a *api) serve(answer answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), a.options.Timeout)
		defer cancel()
		p := newParameters(r.URL.RawQuery)
		csv := wantsCSV(p, r.Header.Values("Accept"))
		t, err := answer(ctx, r, p)
		if err != nil {
			a.fail(w, r, p, err)
			return
		}
		var body bytes.Buffer
		if csv {
			w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
			err = report.WriteCSV(&body, t.Table())
		} else {
			w.Header().Set("Content-Type", "application/json")
			err = json.NewEncoder(&body).Encode(t)
		}
		if err != nil {
			a.fail(w, r, p, err)
			return
		}
		w.Header().Set("Vary", "Accept")
		_, _ = w.Write(body.Bytes())
	})
}

// fail answers with the problem that err is.
func (a *api) fail(w http.ResponseWriter, r *http.Request, p *parameters, err error) {
	switch {
	case errors.Is(err, errFaulty):
		writeProblem(w, http.StatusBadRequest, "the question has faults", p.faults)
	case errors.Is(err, errNoMetric):
		writeProblem(w, http.StatusNotFound, err.Error(), nil)
	case errors.Is(err, report.ErrQuestion):
		writeProblem(w, http.StatusBadRequest, "the question has faults", details(err))
	case errors.Is(err, report.ErrNothing):
		writeProblem(w, http.StatusUnprocessableEntity, err.Error(), nil)
	case r.Context().Err() != nil, errors.Is(err, context.DeadlineExceeded):
		w.Header().Set("Retry-After", "30")
		writeProblem(w, http.StatusServiceUnavailable, "the answer took too long; a shorter period takes less", nil)
	default:
		a.options.Logger.LogAttrs(r.Context(), slog.LevelError, "httpapi: the warehouse failed",
			slog.String("path", r.URL.Path), slog.Any("error", err))
		writeProblem(w, http.StatusInternalServerError, "the report could not be made", nil)
	}
}

package main

import "net/http"

// response is a ResponseWriter that costs next to nothing. It can flush, as
// net/http's can, and keeps the body if it is asked to.
type response struct {
	header http.Header
	status int // 0: nothing was written
	keep   bool
	body   []byte
}

func newResponse() *response { return &response{header: http.Header{}} }

// reset makes it ready for the next request.
func (w *response) reset() {
	clear(w.header)
	w.status = 0
}

// Header implements [http.ResponseWriter].
func (w *response) Header() http.Header { return w.header }

// WriteHeader implements [http.ResponseWriter].
func (w *response) WriteHeader(status int) {
	if w.status < http.StatusOK {
		w.status = status
	}
}

func (w *response) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.keep {
		w.body = append(w.body, b...)
	}
	return len(b), nil
}

// WriteString implements [io.StringWriter], as net/http does.
func (w *response) WriteString(s string) (int, error) { //nolint:unparam // so is the interface
	w.WriteHeader(http.StatusOK)
	if w.keep {
		w.body = append(w.body, s...)
	}
	return len(s), nil
}

// Flush implements [http.Flusher].
func (w *response) Flush() { w.WriteHeader(http.StatusOK) }

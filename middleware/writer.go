package middleware

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
)

// committer is told of the stages of a response.
type committer interface {
	// beforeHeaders saves the session. It is called exactly once, before the
	// first byte of the final response goes out and while its headers can still
	// be changed. The status is the one that the handler chose, and body how the
	// body begins, as far as that is known. It reports whether it wants to be told
	// when it is.
	beforeHeaders(status int, body opening) (curious bool, err error)

	// opens is called once with the beginning of the body, if beforeHeaders wanted
	// it.
	opens(body opening)

	// fail writes the response to w when the session could not be saved.
	fail(w http.ResponseWriter, err error)

	// stream is called once, at the first Flush or Hijack.
	stream()
}

var (
	errDiscarded      = errors.New("middleware: response discarded, its session could not be saved")
	errCommitPanicked = errors.New("middleware: saving the session panicked")
)

// writer is the response writer that handlers are given. It commits before the
// first byte, so that a response is never half old half error: if the commit
// fails, the client gets the error alone.
type writer struct {
	under  http.ResponseWriter
	commit committer
	before http.Header // headers present before the handler ran; nil if none

	err       error // of the commit
	begun     bool  // committed, or tried to
	curious   bool  // the committer waits for the beginning of the body
	streaming bool
}

// init makes w write to under, and returns the writer for the handler: it has
// Flush and Hijack exactly if under can do that, directly or through Unwrap.
// When the commit fails the response is written to under, whose headers are then
// as they are now. A writer is part of the request's state, which spares an
// allocation.
func (w *writer) init(under http.ResponseWriter, c committer) http.ResponseWriter {
	w.under, w.commit = under, c
	if h := under.Header(); len(h) > 0 {
		w.before = h.Clone()
	}
	flushes, hijacks := abilities(under)
	switch { // single-pointer structs: these conversions do not allocate
	case flushes && hijacks:
		return flushHijackWriter{w}
	case flushes:
		return flushWriter{w}
	case hijacks:
		return hijackWriter{w}
	default:
		return w
	}
}

// abilities looks for what http.ResponseController would find.
func abilities(w http.ResponseWriter) (flushes, hijacks bool) {
	for {
		switch w.(type) {
		case http.Flusher, interface{ FlushError() error }:
			flushes = true
		}
		if _, ok := w.(http.Hijacker); ok {
			hijacks = true
		}
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return flushes, hijacks
		}
		w = u.Unwrap()
	}
}

type flushWriter struct{ *writer }

// Flush implements [http.Flusher].
func (w flushWriter) Flush() { _ = w.flush() }

// FlushError is the Flush that http.ResponseController prefers.
func (w flushWriter) FlushError() error { return w.flush() }

type hijackWriter struct{ *writer }

// Hijack implements [http.Hijacker].
func (w hijackWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) { return w.hijack() }

type flushHijackWriter struct{ *writer }

// Flush implements [http.Flusher].
func (w flushHijackWriter) Flush() { _ = w.flush() }

// FlushError is the Flush that http.ResponseController prefers.
func (w flushHijackWriter) FlushError() error { return w.flush() }

// Hijack implements [http.Hijacker].
func (w flushHijackWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) { return w.hijack() }

// Unwrap is for http.ResponseController, which sets deadlines through it.
func (w *writer) Unwrap() http.ResponseWriter { return w.under }

// Header returns the header map; after a failed commit one that leads nowhere,
// so that no trailer follows the error.
func (w *writer) Header() http.Header {
	if w.err != nil {
		return http.Header{}
	}
	return w.under.Header()
}

// WriteHeader begins the response. Informational statuses (RFC 9110 §15.2) come
// before it and commit nothing; 101 is a final one.
func (w *writer) WriteHeader(status int) {
	if status < 200 && status != http.StatusSwitchingProtocols {
		if w.err == nil {
			w.under.WriteHeader(status)
		}
		return
	}
	if w.begin(status, opening{}) == nil {
		w.under.WriteHeader(status) // net/http ignores and logs a second one
	}
}

func (w *writer) Write(b []byte) (int, error) {
	if err := w.beginBody(opening{bytes: b}); err != nil {
		return 0, err
	}
	return w.under.Write(b)
}

// WriteString spares the copy that io.WriteString would make.
func (w *writer) WriteString(s string) (int, error) {
	if err := w.beginBody(opening{text: s}); err != nil {
		return 0, err
	}
	return io.WriteString(w.under, s)
}

// ReadFrom keeps sendfile working where the writer below has it.
func (w *writer) ReadFrom(src io.Reader) (int64, error) {
	if err := w.begin(http.StatusOK, opening{}); err != nil {
		return 0, err
	}
	w.curious = false // what is copied was not rendered
	if to, ok := w.under.(io.ReaderFrom); ok {
		return to.ReadFrom(src)
	}
	return io.Copy(struct{ io.Writer }{w.under}, src)
}

func (w *writer) flush() error {
	if err := w.beginStream(http.StatusOK); err != nil {
		return err
	}
	return http.NewResponseController(w.under).Flush()
}

func (w *writer) hijack() (net.Conn, *bufio.ReadWriter, error) {
	if err := w.beginStream(http.StatusSwitchingProtocols); err != nil {
		return nil, nil, err
	}
	return http.NewResponseController(w.under).Hijack()
}

func (w *writer) beginStream(status int) error {
	if err := w.begin(status, opening{}); err != nil {
		return err
	}
	if !w.streaming {
		w.streaming = true
		w.commit.stream()
	}
	return nil
}

// beginBody is begin for a response whose body begins, or goes on.
func (w *writer) beginBody(body opening) error {
	err := w.begin(http.StatusOK, body)
	if w.curious && err == nil && !body.isEmpty() {
		w.curious = false
		w.commit.opens(body)
	}
	return err
}

// begin commits if that has not been done, and returns an error if the response
// is not the handler's any more.
func (w *writer) begin(status int, body opening) error {
	if !w.begun {
		w.runCommit(status, body)
	}
	if w.err != nil {
		return fmt.Errorf("%w: %w", errDiscarded, w.err)
	}
	return nil
}

// runCommit commits and, if that fails, sends the error alone. A commit that
// panics has failed too, for whoever may recover that panic further up.
func (w *writer) runCommit(status int, body opening) {
	w.begun = true
	err := errCommitPanicked
	defer func() {
		if w.err = err; err == nil {
			return
		}
		h := w.under.Header()
		clear(h)
		maps.Copy(h, w.before)
		w.commit.fail(w.under, err)
	}()
	w.curious, err = w.commit.beforeHeaders(status, body)
}

// finish is called when the handler has returned. It commits if nothing was
// written, and returns the commit's error, whenever that happened.
func (w *writer) finish() error {
	_ = w.begin(http.StatusOK, opening{})
	if w.err != nil { // a handler may have kept the header map
		maps.DeleteFunc(w.under.Header(), func(name string, _ []string) bool {
			return strings.HasPrefix(name, http.TrailerPrefix)
		})
	}
	return w.err
}

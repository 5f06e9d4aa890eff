package acceptance

import (
	"errors"
	"io"
	"net/http/httptrace"
	"testing"
	"time"
)

// flight is a request whose body is still being sent.
type flight struct {
	body *io.PipeWriter
	done chan struct{}
	a    answer
	err  error
}

// begin sends a request up to the middle of its body and returns when its
// handler has begun to read: the server has loaded the session by then. It tells
// so with "100 Continue", which the request asks for.
func (c *client) begin(t *testing.T, in *instance, method, path, first string) *flight {
	t.Helper()
	reader, writer := io.Pipe()
	r, err := c.at(in).request(method, path, reader)
	if err != nil {
		t.Fatal(err)
	}
	reading := make(chan struct{})
	r.Header.Set("Expect", "100-continue")
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		Got100Continue: func() { close(reading) },
	}))
	f := &flight{body: writer, done: make(chan struct{})}
	go func() {
		defer close(f.done)
		f.a, f.err = c.roundTrip(r)
		_ = reader.CloseWithError(errors.New("answered"))
	}()
	t.Cleanup(func() { _ = writer.CloseWithError(errors.New("the test is over")) })
	select {
	case <-reading:
	case <-f.done:
		t.Fatalf("the request was answered before its body was sent: %v %v", f.a, f.err)
	case <-time.After(patience):
		t.Fatalf("%s %s: the handler does not read", method, path)
	}
	if _, err := io.WriteString(writer, first); err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return f
}

// finish sends the rest of the body and returns the response, which must not be
// a 500. The cookies that it sets are in no jar.
func (f *flight) finish(t *testing.T, rest string) answer {
	t.Helper()
	_, _ = io.WriteString(f.body, rest) // it may have been answered
	_ = f.body.Close()
	<-f.done
	if f.err == nil {
		f.err = f.a.is()
	}
	if f.err != nil {
		t.Errorf("I1: what is in flight loses without a 500: %v", f.err)
	}
	return f.a
}

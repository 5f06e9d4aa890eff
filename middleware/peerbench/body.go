package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// slowBody is the body of a request that is still being sent: whoever reads it
// waits until it is released.
type slowBody struct {
	reading  chan struct{} // closed when the handler has begun to read
	released chan struct{}
	begin    func()
}

func newSlowBody() *slowBody {
	b := &slowBody{reading: make(chan struct{}), released: make(chan struct{})}
	b.begin = sync.OnceFunc(func() { close(b.reading) })
	return b
}

// Read implements [io.Reader].
func (b *slowBody) Read([]byte) (int, error) {
	b.begin()
	<-b.released
	return 0, io.EOF
}

// inFlight is a request whose handler waits for the rest of the body.
type inFlight struct {
	body *slowBody
	done chan struct{}

	status int
	err    error
}

// begin sends a request that writes a preference, and returns when its handler
// has looked at the session and waits for the body.
func (b *browser) begin(ctx context.Context) (*inFlight, error) {
	f := &inFlight{body: newSlowBody(), done: make(chan struct{})}
	go func() {
		defer close(f.done)
		f.status, _, f.err = b.send(ctx, http.MethodPut, "/preferences/late", f.body)
	}()
	select {
	case <-f.body.reading:
	case <-f.done:
		return nil, errors.Join(fmt.Errorf("a request was answered before it was sent: status %d", f.status), f.err)
	}
	return f, nil
}

// finish sends the rest and returns the status of the response.
func (f *inFlight) finish() (int, error) {
	close(f.body.released)
	<-f.done
	return f.status, f.err
}

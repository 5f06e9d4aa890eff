package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
)

// field is all that is compared, and what was measured.
type field struct {
	options
	srv      *server
	entrants []*entrant // the libraries in their order, and last the bare handler
}

// entrant is one of the field.
type entrant struct {
	name     string
	open     func(context.Context, *server) (*opened, error)
	bare     bool
	visitors []*visitor

	samples [requestKinds][]sample
	traffic [requestKinds]traffic
}

// enter makes the sessions on each library.
func enter(ctx context.Context, srv *server, o options) (*field, error) {
	f := &field{options: o, srv: srv}
	for _, l := range libraries {
		f.entrants = append(f.entrants, &entrant{name: l.name, open: l.open})
	}
	f.entrants = append(f.entrants, &entrant{
		name: "bare handler", bare: true,
		open: func(context.Context, *server) (*opened, error) { return bare(), nil },
	})
	for _, e := range f.entrants {
		err := e.serving(ctx, srv, func(o *opened) error {
			if e.bare {
				o = nil
			}
			for n := range f.sessions {
				v, err := newVisitor(ctx, o, n)
				if err != nil {
					return err
				}
				e.visitors = append(e.visitors, v)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return f, nil
}

// serving opens the entrant's shop for as long as f takes: no other's background
// work goes on at the same time.
func (e *entrant) serving(ctx context.Context, srv *server, f func(*opened) error) error {
	o, err := e.open(ctx, srv)
	if err == nil {
		err = errors.Join(f(o), o.close())
	}
	if err != nil {
		return fmt.Errorf("%s: %w", e.name, err)
	}
	return nil
}

// all yields each kind of request with all that can serve it, in turns.
func (f *field) all() iter.Seq2[int, *entrant] {
	return func(yield func(int, *entrant) bool) {
		for kind := range requests {
			for _, e := range f.entrants {
				if (requests[kind].page || !e.bare) && !yield(kind, e) {
					return
				}
			}
		}
	}
}

// verify checks that what was written while it was timed is there: a fast answer
// to a write that was not made is none.
func (f *field) verify(ctx context.Context) error {
	for _, e := range f.entrants {
		if e.bare {
			continue
		}
		err := e.serving(ctx, f.srv, func(o *opened) error {
			for _, v := range e.visitors {
				v.browser.handler = o.handler
				theme, err := v.browser.ask(ctx, http.MethodGet, "/theme")
				if err != nil {
					return err
				}
				if want := v.theme(); theme != want {
					return fmt.Errorf("the last write was %q, and %q is read", want, theme)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// say tells how far the program is.
func say(w io.Writer, format string, args ...any) {
	fmt.Fprintf(w, format+"\n", args...)
}

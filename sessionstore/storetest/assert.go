package storetest

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"sync/atomic"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// same compares two values that hold no pointers.
func (e *env) same(what string, got, want any) {
	e.Helper()
	if !reflect.DeepEqual(got, want) {
		e.Errorf("%s is\n  %+v\nwant\n  %+v", what, got, want)
	}
}

// sameMap compares two maps of strings or numbers; nil is as good as empty.
func (e *env) sameMap(what string, got, want any) {
	e.Helper()
	equal := false
	switch want := want.(type) {
	case map[string]string:
		g, ok := got.(map[string]string)
		equal = ok && maps.Equal(g, want)
	case map[string]int64:
		g, ok := got.(map[string]int64)
		equal = ok && maps.Equal(g, want)
	}
	if !equal {
		e.Errorf("%s = %v, want %v", what, got, want)
	}
}

// wantUser asserts in which sessions a user is logged in, on both handles.
func (e *env) wantUser(user string, want ...sessionstore.ID) {
	e.Helper()
	for _, s := range []sessionstore.Store{e.Store, e.Peer} {
		recs, err := s.UserSessions(e.Context(), user)
		if err != nil {
			e.Fatalf("UserSessions(%q) = %v, want success", user, err)
		}
		if got := ids(recs); !slices.Equal(sorted(got), sorted(want)) {
			e.Fatalf("UserSessions(%q) = %v, want %v", user, got, want)
		}
	}
}

func ids(recs []*sessionstore.Record) []sessionstore.ID {
	var list []sessionstore.ID
	for _, r := range recs {
		list = append(list, r.ID)
	}
	return list
}

func sorted(list []sessionstore.ID) []sessionstore.ID {
	return slices.SortedFunc(slices.Values(list), func(a, b sessionstore.ID) int { return slices.Compare(a[:], b[:]) })
}

// counter counts in many goroutines.
type counter struct{ n atomic.Int64 }

func (c *counter) add(n int64) { c.n.Add(n) }
func (c *counter) get() int64  { return c.n.Load() }

// isOneOf reports whether an error is one of those that may be.
func isOneOf(err error, those ...error) bool {
	return slices.ContainsFunc(those, func(want error) bool { return errors.Is(err, want) })
}

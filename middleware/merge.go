package middleware

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// Merge says how the changes that two requests made to one key combine. The
// zero Merge says that they do not: the last write wins.
type Merge[T any] struct {
	counter bool
	with    func(base, theirs, ours T) T
}

// Counter adds up the differences: of two requests that each count one up,
// both count. The store does the addition, so that it never has to be repeated.
func Counter() Merge[int] { return Merge[int]{counter: true} }

// Union keeps what either side has added and drops what either has removed.
func Union[E comparable]() Merge[[]E] {
	return MergeWith(func(base, theirs, ours []E) []E {
		merged := slices.DeleteFunc(slices.Clone(theirs), func(e E) bool {
			return slices.Contains(base, e) && !slices.Contains(ours, e)
		})
		for _, e := range ours {
			if !slices.Contains(base, e) && !slices.Contains(merged, e) {
				merged = append(merged, e)
			}
		}
		return merged
	})
}

// MergeWith combines with a function of the value that both sides began with
// (the zero value if there was none), the value that the other side has stored
// and the one that this side wants to store. It may be called several times, and
// must not change its arguments.
func MergeWith[T any](merge func(base, theirs, ours T) T) Merge[T] { return Merge[T]{with: merge} }

// merger is a Merge on encoded values. A missing value is nil.
type merger struct {
	counter bool
	with    func(base, theirs *string, ours string) (string, error)
}

// applyMerging makes a change in which keys with a merge are combined with what
// others have stored meanwhile.
func (st *state) applyMerging(ctx context.Context, c *sessionstore.Change) (sessionstore.Result, error) {
	for i := range c.Values {
		v := &c.Values[i]
		switch mg, ok := st.values.mergers[v.Key]; {
		case !ok || v.Op == sessionstore.DeleteValue:
		case mg.counter:
			delta, err := difference(v)
			if err != nil {
				return sessionstore.Result{}, err
			}
			*v = sessionstore.ValueChange{Op: sessionstore.AddValue, Key: v.Key, Delta: delta}
		default:
			v.Op = sessionstore.SwapValue
		}
	}
	for range maxSwaps {
		res, err := st.apply(ctx, *c)
		var conflict *sessionstore.ConflictError
		if !errors.As(err, &conflict) {
			return res, err
		}
		if err := st.merge(c, conflict); err != nil {
			return res, err
		}
	}
	return sessionstore.Result{}, fmt.Errorf("%w: others change it all the time", sessionstore.ErrConflict)
}

// maxSwaps bounds how often a compare-and-set is repeated. Each time that one
// fails another has succeeded, so this many concurrent writers get through.
const maxSwaps = 1000

// merge combines one value of the change with what the store has instead of the
// expected base.
func (st *state) merge(c *sessionstore.Change, conflict *sessionstore.ConflictError) error {
	i := slices.IndexFunc(c.Values, func(v sessionstore.ValueChange) bool { return v.Key == conflict.Key })
	v := &c.Values[i]
	var base, theirs *string
	if v.HasBase {
		base = &v.Base
	}
	if conflict.Exists {
		theirs = &conflict.Current
	}
	ours, err := st.values.mergers[v.Key].with(base, theirs, v.Value)
	if err != nil {
		return fmt.Errorf("middleware: merging key %q: %w", v.Key, err)
	}
	v.Value, v.Base, v.HasBase = ours, conflict.Current, conflict.Exists
	return nil
}

// difference returns by how much a counter was changed.
func difference(v *sessionstore.ValueChange) (int64, error) {
	ours, err := strconv.ParseInt(v.Value, 10, 64)
	var base int64
	if err == nil && v.HasBase {
		base, err = strconv.ParseInt(v.Base, 10, 64)
	}
	if err != nil || base < 0 && ours > math.MaxInt64+base || base > 0 && ours < math.MinInt64+base {
		return 0, fmt.Errorf("%w: counter %q has no difference", sessionstore.ErrInvalid, v.Key)
	}
	return ours - base, nil
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

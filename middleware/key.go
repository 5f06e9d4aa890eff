package middleware

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// Key is a typed value of a session. Declare it once, as a package variable:
//
//	var theme = middleware.NewKey[string]("theme")
//	var seen  = middleware.NewKey("seen", middleware.Counter())
//
// A value of a basic kind is the same that [Manager.Values] has under the key's
// name; any other type is kept as JSON. Its methods take the context of a
// request and return [ErrNoMiddleware] for any other.
type Key[T any] struct {
	name  string
	merge Merge[T]
}

// NewKey declares a key. With a merge, concurrent changes combine; without one
// the last wins, and the conflict is reported as an event.
func NewKey[T any](name string, merge ...Merge[T]) Key[T] {
	k := Key[T]{name: name}
	for _, m := range merge {
		k.merge = m
	}
	return k
}

// Get returns the value, as the request sees it, and whether there is one. A
// value that is not of the key's type counts as none.
func (k Key[T]) Get(ctx context.Context) (T, bool) {
	st, err := stateOf(ctx)
	if err != nil {
		var none T
		return none, false
	}
	return k.from(st.manager.values.Get(ctx, k.name))
}

// Set puts a value. It is stored when the response begins.
func (k Key[T]) Set(ctx context.Context, value T) error {
	st, err := k.writable(ctx)
	if err != nil {
		return err
	}
	carried, err := k.carry(value)
	if err != nil {
		return err
	}
	st.manager.values.Put(ctx, k.name, carried)
	return nil
}

// Delete removes the value, if there is one, when the response begins.
func (k Key[T]) Delete(ctx context.Context) error {
	st, err := k.writable(ctx)
	if err != nil {
		return err
	}
	st.manager.values.Remove(ctx, k.name)
	return nil
}

// Update replaces the value by change of it, and has stored the result when it
// returns it. It is a compare-and-set: if somebody else has stored another value
// meanwhile, change is called again with that. On a [Counter] it is called once
// and the difference that it makes is added to whatever the store has. A missing
// value is the zero value.
func (k Key[T]) Update(ctx context.Context, change func(old T) T) (T, error) {
	var none T
	st, err := k.writable(ctx)
	if err != nil {
		return none, err
	}
	old, _ := k.Get(ctx) // before the lock: scs asks the context
	st.mu.Lock()
	defer st.mu.Unlock()
	stored, err := k.update(ctx, st, old, change)
	if err != nil {
		return none, err
	}
	st.values.stored(k.name, stored)
	value, err := decodeValue(stored)
	if err != nil {
		return none, err
	}
	st.manager.values.Put(st.values.ctx, k.name, value) //nolint:contextcheck // the lock is held, which ctx would ask for
	now, _ := k.from(value)
	return now, nil
}

// update stores the changed value and returns it as stored.
func (k Key[T]) update(ctx context.Context, st *state, old T, change func(T) T) (string, error) {
	base, had := st.values.base[k.name]
	swap := sessionstore.ValueChange{Op: sessionstore.SwapValue, Key: k.name, Base: base, HasBase: had}
	for range maxSwaps {
		value, err := k.encode(change(old))
		if err != nil {
			return "", err
		}
		swap.Value = value
		c := swap
		if k.merge.counter {
			before, err := k.encode(old)
			if err != nil {
				return "", err
			}
			c.Base, c.HasBase = before, true
			if c.Delta, err = difference(&c); err != nil {
				return "", err
			}
			c = sessionstore.ValueChange{Op: sessionstore.AddValue, Key: k.name, Delta: c.Delta}
		}
		res, err := st.apply(ctx, sessionstore.Change{Values: []sessionstore.ValueChange{c}})
		var conflict *sessionstore.ConflictError
		switch {
		case err == nil && k.merge.counter:
			return decimal(res.Added[k.name]), nil
		case err == nil:
			return value, nil
		case !errors.As(err, &conflict):
			return "", err
		}
		swap.Base, swap.HasBase = conflict.Current, conflict.Exists
		if old, err = k.decode(&conflict.Current, conflict.Exists); err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("%w: others change it all the time", sessionstore.ErrConflict)
}

// writable returns the state of a request that can change the key, and sees to
// it that its merge is known when the values are stored.
func (k Key[T]) writable(ctx context.Context) (*state, error) {
	st, err := stateOf(ctx)
	if err != nil {
		return nil, err
	}
	st.scsData() // decodes the values
	st.mu.Lock()
	defer st.mu.Unlock()
	if err := st.writable(); err != nil {
		return nil, err
	}
	if k.merge.counter || k.merge.with != nil {
		if st.values.mergers == nil {
			st.values.mergers = map[string]merger{}
		}
		st.values.mergers[k.name] = merger{counter: k.merge.counter, with: k.mergeEncoded}
	}
	return st, nil
}

func (k Key[T]) mergeEncoded(base, theirs *string, ours string) (string, error) {
	b, err := k.decode(base, base != nil)
	if err != nil {
		return "", err
	}
	t, err := k.decode(theirs, theirs != nil)
	if err != nil {
		return "", err
	}
	o, err := k.decode(&ours, true)
	if err != nil {
		return "", err
	}
	return k.encode(k.merge.with(b, t, o))
}

// carry returns the form in which scs carries a value: itself if it is of a
// basic kind, else its JSON.
func (k Key[T]) carry(value T) (any, error) {
	if _, err := encodeValue(value); err == nil {
		return value, nil
	}
	b, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("middleware: key %q: %w", k.name, err)
	}
	return encodedJSON(b), nil
}

// from returns the value that scs carries in that form.
func (k Key[T]) from(carried any) (value T, ok bool) {
	switch c := carried.(type) {
	case T:
		return c, true
	case encodedJSON:
		return value, json.Unmarshal([]byte(c), &value) == nil
	}
	return value, false
}

func (k Key[T]) encode(value T) (string, error) {
	carried, err := k.carry(value)
	if err != nil {
		return "", err
	}
	return encodeValue(carried)
}

func (k Key[T]) decode(encoded *string, exists bool) (value T, err error) {
	if !exists {
		return value, nil
	}
	carried, err := decodeValue(*encoded)
	if err != nil {
		return value, err
	}
	value, ok := k.from(carried)
	if !ok {
		return value, fmt.Errorf("middleware: key %q holds a value of another type", k.name)
	}
	return value, nil
}

package sessionstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
)

// Apply implements [Store]. If its error is one of the store, the change may
// have been made.
func (r *Redis) Apply(ctx context.Context, c Change) (Result, error) {
	if err := c.Check(r.limits); err != nil {
		return Result{}, err
	}
	if err := r.ready(ctx); err != nil {
		return Result{}, err
	}
	if c.Login != nil && c.End == nil {
		return r.applyLogin(ctx, &c)
	}
	if res, done, err := r.quick(ctx, &c); done {
		return res, err
	}
	out, err := r.change(ctx, &c)
	r.release(ctx, c.Session, out.logins)
	return out.result, err
}

// outcome is what a script did to a session.
type outcome struct {
	result Result
	logins []endedLogin
	done   bool // the session ended, or what was asked for is so
}

// endedLogin is a login that ended, to be taken out of its user's index.
type endedLogin struct{ login, user string }

// change applies a change to the session alone.
func (r *Redis) change(ctx context.Context, c *Change) (outcome, error) {
	var epoch *int64
	if !c.AnyEpoch {
		epoch = &c.Epoch
	}
	skew, fixed := r.told()
	p := newParts(fixed, r.keys.ended, c.Actor, epoch)
	p.change(c)
	return r.applyParts(ctx, c.Session, p, skew, c.End != nil || c.EndLogin != nil)
}

// told is what each script that changes a session is told: see common.lua.
func (r *Redis) told() (skew int64, fixed string) {
	skew = r.skew.Load()
	return skew, strconv.FormatInt(skew, 10) + r.fixed
}

// applyParts runs apply.lua.
func (r *Redis) applyParts(ctx context.Context, id ID, p parts, skew int64, ends bool) (outcome, error) {
	part := r.keys.of(id)
	c := applyScript.call([]string{r.keys.session(id), part.due, part.feed}, p...)
	run := r.once
	if ends && r.wait.n > 0 {
		run = r.onceAndWait
	}
	words, unacknowledged := run(ctx, c)
	if len(words) == 0 {
		return outcome{}, failed("apply", unacknowledged)
	}
	out, err := r.outcome(words, skew)
	if err == nil && unacknowledged != nil {
		out.result, err = Result{}, failed("apply", unacknowledged)
	}
	return out, err
}

// outcome reads the reply of apply.lua.
func (r *Redis) outcome(words []any, skew int64) (outcome, error) {
	micros, err := number(word(words, 0))
	if err != nil {
		return outcome{}, err
	}
	var out outcome
	res := &out.result
	res.At = moment(micros, skew)
	for i := 6; i < len(words); i++ {
		a, b := word(words, i+1), word(words, i+2)
		switch word(words, i) {
		case "out":
			out.logins = append(out.logins, endedLogin{a, b})
			i += 2
		case "rotated":
			res.Rotated = true
		case "sealed":
			res.Sealed = []byte(a)
			i++
		case "visit":
			v := wordsOf(a)
			visit := v.visit()
			res.Visit = &visit
			i++
		case "added":
			n, err := number(b)
			if err != nil {
				return outcome{}, err
			}
			put(&res.Added, a, n)
			i += 2
		case "conflict":
			res.Conflicts = append(res.Conflicts, a)
			i++
		case "line":
			n, err := number(b)
			if err != nil {
				return outcome{}, err
			}
			put(&res.Quantities, a, n)
			i += 2
		case "took":
			n, err := number(b)
			if err != nil {
				return outcome{}, err
			}
			put(&res.Lines, a, n)
			i += 2
		default:
			return outcome{}, errReply
		}
	}
	out.done = word(words, 2) == "1"
	if err := r.refusal(words); err != nil {
		out.result = Result{}
		return out, err
	}
	return out, nil
}

func put(m *map[string]int64, key string, n int64) {
	if *m == nil {
		*m = map[string]int64{}
	}
	(*m)[key] = n
}

func wordsOf(s string) words { return words{rest: s} }

// refusal returns the error that a reply of apply.lua stands for, if any.
func (r *Redis) refusal(words []any) error {
	a, b, exists := word(words, 2), word(words, 3), word(words, 4) == "1"
	switch word(words, 1) {
	case "ok":
		return nil
	case "gone":
		return ErrEnded
	case "ended":
		return decodeEnd(a)
	case "exists":
		return ErrExists
	case "superseded":
		return ErrSuperseded
	case "refused":
		return ErrLoginRefused
	case "conflict":
		return &ConflictError{Key: a, Current: b, Exists: exists}
	case "empty":
		return ErrEmptyCart
	case "nonumber":
		return fmt.Errorf("%w: nothing can be added to key %q", ErrInvalid, a)
	case "bytes":
		return fmt.Errorf("%w: the values of the session would take %s bytes, the limit is %d", ErrTooLarge, a, r.limits.TotalBytes)
	case "quantity":
		return fmt.Errorf("%w: quantity %s, the limit is %d", ErrTooLarge, a, r.limits.Quantity)
	case "lines":
		return fmt.Errorf("%w: the cart would have %s lines, the limit is %d", ErrTooLarge, a, r.limits.CartLines)
	}
	return errReply
}

// refused reports whether err means that a change was certainly not made.
func refused(err error) bool {
	for _, known := range []error{
		ErrEnded, ErrExists, ErrSuperseded, ErrConflict, ErrLoginRefused,
		ErrTooManyLogins, ErrEmptyCart, ErrTooLarge, ErrInvalid,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

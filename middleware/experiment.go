package middleware

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// Experiment divides sessions among arms, to compare what people do who are shown
// one or another: an A/B test. Make one with [NewExperiment], once. Its method is safe for
// concurrent use.
type Experiment struct {
	key   Key[string]
	name  string
	arms  []Arm
	total uint64 // of the weights
}

// Arm is one of the variants that an [Experiment] compares.
type Arm struct {
	Name   string // 1 to 64 letters, digits, or other visible ASCII
	Weight int    // its share is Weight of the sum of all; 1 to 1,000,000
}

const (
	maxExperimentWord = 64
	maxArmWeight      = 1_000_000
)

// NewExperiment declares an experiment. The name, of 1 to 64 letters, digits or
// other visible ASCII, is that of its events and, behind "sojourn.experiment.", of
// the value that keeps a session's arm. The error lists every fault.
func NewExperiment(name string, arms ...Arm) (Experiment, error) {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("middleware: experiment %.64q: "+format, append([]any{name}, args...)...))
	}
	if !isExperimentWord(name) {
		fault("the name is not 1 to %d bytes of visible ASCII", maxExperimentWord)
	}
	if len(arms) == 0 {
		fault("there are no arms")
	}
	e := Experiment{key: NewKey[string]("sojourn.experiment." + name), name: name, arms: slices.Clone(arms)}
	seen := map[string]bool{}
	for _, a := range arms {
		if !isExperimentWord(a.Name) {
			fault("the name of arm %.64q is not 1 to %d bytes of visible ASCII", a.Name, maxExperimentWord)
		}
		if seen[a.Name] {
			fault("there are two arms %.64q", a.Name)
		}
		seen[a.Name] = true
		if a.Weight < 1 || a.Weight > maxArmWeight {
			fault("the weight of arm %.64q is %d, not 1 to %d", a.Name, a.Weight, maxArmWeight)
			continue
		}
		e.total += uint64(a.Weight)
	}
	if len(faults) > 0 {
		return Experiment{}, errors.Join(faults...)
	}
	return e, nil
}

func isExperimentWord(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= maxExperimentWord
}

// Arm returns the arm that the session of the request is in. The first time it
// assigns one and stores it, with an experiment.exposed event, before it returns;
// of requests at the same time all get the same arm, and there is one event. An arm
// that is configured no more is replaced by another assignment.
//
// A visitor without session gets one by this, and a cookie: call it only where the
// arms differ. The errors are those of a change: [ErrUnavailable] if the store
// failed, [ErrHeadersSent] if it is too late for the cookie, [ErrNoLogin] for a
// client that holds no token of a session.
func (e Experiment) Arm(ctx context.Context) (string, error) {
	if arm, ok := e.key.Get(ctx); ok && e.has(arm) {
		return arm, nil
	}
	st, err := e.key.writable(ctx)
	if err != nil {
		return "", err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	stored, err := e.assign(ctx, st)
	if err != nil {
		return "", err
	}
	st.values.stored(e.key.name, stored)
	arm, err := e.key.decode(&stored, true)
	if err != nil {
		return "", err
	}
	st.manager.values.Put(st.values.ctx, e.key.name, arm) //nolint:contextcheck // the lock is held, which ctx would ask for
	return arm, nil
}

// assign stores an arm and returns it as stored. An assignment that another request
// has made meanwhile stands.
func (e Experiment) assign(ctx context.Context, st *state) (string, error) {
	arm := e.draw(st.rec)
	ours, err := e.key.encode(arm)
	if err != nil {
		return "", err
	}
	base, had := st.values.base[e.key.name]
	for range maxSwaps {
		_, err := st.apply(ctx, sessionstore.Change{
			Values: []sessionstore.ValueChange{{Op: sessionstore.SwapValue, Key: e.key.name, Value: ours, Base: base, HasBase: had}},
			Events: []sessionstore.Note{{
				Type:       analytics.ExperimentExposed,
				Attributes: map[string]string{"experiment": e.name, "variant": arm},
			}},
		})
		var conflict *sessionstore.ConflictError
		if !errors.As(err, &conflict) {
			return ours, err
		}
		theirs, err := e.key.decode(&conflict.Current, conflict.Exists)
		if err == nil && conflict.Exists && e.has(theirs) {
			return conflict.Current, nil
		}
		base, had = conflict.Current, conflict.Exists
	}
	return "", fmt.Errorf("%w: others change it all the time", sessionstore.ErrConflict)
}

// draw chooses an arm: of a session always the same, so that requests at the same
// time agree, and of a visitor without one any.
func (e Experiment) draw(rec *sessionstore.Record) string {
	var b [8]byte
	if rec != nil {
		sum := sha256.Sum256(append(rec.ID[:], e.name...))
		copy(b[:], sum[:])
	} else {
		rand.Read(b[:])
	}
	at := binary.BigEndian.Uint64(b[:]) % e.total
	for _, a := range e.arms {
		if weight := uint64(a.Weight); at >= weight { //nolint:gosec // positive (G115)
			at -= weight
			continue
		}
		return a.Name
	}
	return e.arms[0].Name // no place is beyond the last
}

func (e Experiment) has(arm string) bool {
	return slices.ContainsFunc(e.arms, func(a Arm) bool { return a.Name == arm })
}

package sqlite

import "sync"

// assignment names who was assigned to which arm of an experiment, as of a version of
// all exposures.
type assignment struct {
	experiment string
	exposed    int64
}

// assignments keeps what was asked for last, of one experiment.
type assignments struct {
	mu   sync.Mutex
	key  assignment
	arms []uint32 // by visitor
}

func (a *assignments) get(key assignment) []uint32 {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.key != key {
		return nil
	}
	return a.arms
}

func (a *assignments) put(key assignment, arms []uint32) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.key, a.arms = key, arms
}

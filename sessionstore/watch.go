package sessionstore

import (
	"context"
	"sync"
)

// Watchers hands signals to those who watch, in this process, for those who
// write a store. A watcher that falls far behind loses signals and is told so;
// it never holds up a change. The zero value is ready, and safe for concurrent
// use.
type Watchers struct {
	mu  sync.Mutex
	all map[*watcher]struct{}
}

type watcher struct {
	pending []Signal
	wake    chan struct{}
}

// maxPending is how many signals wait for one watcher at most.
const maxPending = 4096

// Notify tells all who watch of a signal.
func (w *Watchers) Notify(s Signal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for one := range w.all {
		if len(one.pending) == maxPending {
			one.pending = append(one.pending[:0], Signal{Lost: true})
		}
		one.pending = append(one.pending, s)
		select {
		case one.wake <- struct{}{}:
		default:
		}
	}
}

// Watch is [Store.Watch].
func (w *Watchers) Watch(ctx context.Context, notify func(Signal)) error {
	one := &watcher{wake: make(chan struct{}, 1)}
	w.mu.Lock()
	if w.all == nil {
		w.all = map[*watcher]struct{}{}
	}
	w.all[one] = struct{}{}
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		delete(w.all, one)
		w.mu.Unlock()
	}()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-one.wake:
		}
		w.mu.Lock()
		signals := one.pending
		one.pending = nil
		w.mu.Unlock()
		for _, s := range signals {
			notify(s)
		}
	}
}

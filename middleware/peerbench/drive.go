package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// sample is what one measurement found.
type sample struct {
	requests int64
	elapsed  time.Duration
	mallocs  uint64        // of the whole process, background work included
	busy     time.Duration // processor time of the whole process
	redis    time.Duration // processor time of the server
}

func (s sample) nsPerOp() float64     { return s.per(float64(s.elapsed)) }
func (s sample) allocsPerOp() float64 { return s.per(float64(s.mallocs)) }
func (s sample) busyPerOp() float64   { return s.per(float64(s.busy)) }
func (s sample) redisPerOp() float64  { return s.per(float64(s.redis)) }

func (s sample) per(sum float64) float64 { return sum / float64(s.requests) }

// drive sends requests of a kind to a handler for a while. The visitors are
// dealt out to as many workers as there are to be requests under way.
func drive(ctx context.Context, h http.Handler, visitors []*visitor, kind int, d time.Duration, parallelism int) (sample, error) {
	var stop atomic.Bool
	workers := make([]*worker, parallelism)
	for i := range workers {
		workers[i] = &worker{handler: h, kind: kind, stop: &stop}
	}
	for i, v := range visitors {
		w := workers[i%parallelism]
		w.visitors = append(w.visitors, v)
	}
	begin := make(chan struct{})
	var running sync.WaitGroup
	for _, w := range workers {
		running.Go(func() {
			<-begin
			w.run(ctx)
		})
	}
	defer context.AfterFunc(ctx, func() { stop.Store(true) })()

	var before, after runtime.MemStats
	runtime.GC() // nobody pays for the one before
	runtime.ReadMemStats(&before)
	busy, start := processorTime(), time.Now()
	timer := time.AfterFunc(d, func() { stop.Store(true) })
	defer timer.Stop()
	close(begin)
	running.Wait()
	s := sample{elapsed: time.Since(start), busy: processorTime() - busy}
	runtime.ReadMemStats(&after)
	s.mallocs = after.Mallocs - before.Mallocs

	errs := []error{ctx.Err()}
	for _, w := range workers {
		s.requests += w.requests
		errs = append(errs, w.err)
	}
	return s, errors.Join(errs...)
}

// worker makes one request after the other.
type worker struct {
	handler  http.Handler
	kind     int
	visitors []*visitor
	stop     *atomic.Bool

	requests int64
	err      error
}

func (w *worker) run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx) // as net/http gives each connection
	defer cancel()
	out, want := newResponse(), requests[w.kind].status
	for i := 0; w.requests == 0 || !w.stop.Load(); i++ {
		out.reset()
		w.handler.ServeHTTP(out, w.visitors[i%len(w.visitors)].next(ctx, w.kind))
		if out.status != want {
			w.err = fmt.Errorf("%s: status %d, want %d", requests[w.kind].name, out.status, want)
			return
		}
		w.requests++
	}
}

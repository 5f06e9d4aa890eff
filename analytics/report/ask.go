package report

import (
	"context"
	"sync"
)

// ask puts questions at the same time and waits for all answers. The first error
// cancels the others and is returned.
func ask(ctx context.Context, questions ...func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for _, question := range questions {
		wg.Go(func() {
			if err := question(ctx); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// into returns a question that keeps its answer in to.
func into[Q, A any](to *A, question func(context.Context, Q) (A, error), q Q) func(context.Context) error {
	return func(ctx context.Context) (err error) {
		*to, err = question(ctx, q)
		return err
	}
}

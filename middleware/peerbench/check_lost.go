package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// attempts is how often requests are made at once: how they fall differs.
const attempts = 5

// addConcurrently returns how many of the things that were added at once are in
// the cart.
func addConcurrently(ctx context.Context, o *opened) (string, error) {
	return kept(ctx, o, "/cart/sencha", func(b *browser, _ int) (int, error) {
		status, _, err := b.send(ctx, http.MethodPost, "/cart/sencha", http.NoBody)
		return status, err
	})
}

// writeConcurrently returns how many of the values that were written at once,
// each under a key of its own, are there.
func writeConcurrently(ctx context.Context, o *opened) (string, error) {
	return kept(ctx, o, "/preferences", func(b *browser, i int) (int, error) {
		status, _, err := b.send(ctx, http.MethodPut, fmt.Sprintf("/preferences/key-%d", i), strings.NewReader("on"))
		return status, err
	})
}

// kept makes many requests of one session at once, and asks path how much there
// is afterwards. It returns the least and the most of all attempts.
func kept(ctx context.Context, o *opened, path string, send func(b *browser, i int) (int, error)) (string, error) {
	var found []int
	for range attempts {
		b := newBrowser(o.handler)
		if _, err := b.ask(ctx, http.MethodPut, "/theme/light"); err != nil {
			return "", err
		}
		device := b.copied()
		if err := atOnce(func(i int) error {
			status, err := send(b, i)
			if err == nil && status >= http.StatusMultipleChoices {
				err = fmt.Errorf("status %d", status)
			}
			return err
		}); err != nil {
			return "", err
		}
		n, err := device.number(ctx, path)
		if err != nil {
			return "", err
		}
		found = append(found, n)
	}
	least, most := slices.Min(found), slices.Max(found)
	if least == most {
		return strconv.Itoa(least), nil
	}
	return fmt.Sprintf("%d–%d", least, most), nil
}

// atOnce makes the overlapping calls and returns their errors.
func atOnce(do func(i int) error) error {
	errs := make([]error, overlapping)
	begin := make(chan struct{})
	var running sync.WaitGroup
	for i := range errs {
		running.Go(func() {
			<-begin
			errs[i] = do(i)
		})
	}
	close(begin)
	running.Wait()
	return errors.Join(errs...)
}

package sessionstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// The scripts announce on <prefix>:ended, in the step that makes them, the end
// of a session or login and the change of an epoch, as
// "<session> <1 if it ended, else 0> <epoch> <login that ended, or ->".

// watchSilence is how long the channel may be silent before the connection is
// tried, and then how long the answer may take.
const watchSilence = 5 * time.Second

// Watch implements [Store].
func (r *Redis) Watch(ctx context.Context, notify func(Signal)) error {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for first := true; ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-pause.C:
		}
		err := r.subscribe(ctx, func() {
			if !first {
				notify(Signal{Lost: true})
			}
			first = false
		}, notify)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, redis.ErrClosed) {
			return failed("watch", err)
		}
		// Whatever was announced since the caller began to watch is lost, also
		// when it was the very first attempt that failed.
		first = false
		pause.Reset(200 * time.Millisecond)
	}
}

// subscribe hands on what is announced until the connection fails.
func (r *Redis) subscribe(ctx context.Context, subscribed func(), notify func(Signal)) error {
	sub := r.client.Subscribe(ctx, r.keys.ended)
	stop := context.AfterFunc(ctx, func() { sub.Close() }) //nolint:gosec // closed to end Receive (G104)
	defer func() {
		stop()
		sub.Close() //nolint:gosec // there is nobody to tell (G104)
	}()
	silent := false
	for {
		message, err := sub.ReceiveTimeout(ctx, watchSilence)
		var timeout net.Error
		switch {
		case err == nil:
			silent = false
		case errors.As(err, &timeout) && timeout.Timeout() && !silent:
			silent = true
			if err := sub.Ping(ctx); err != nil {
				return err
			}
			continue
		default:
			return err
		}
		switch m := message.(type) {
		case *redis.Subscription:
			subscribed()
		case *redis.Message:
			if s, err := parseSignal(m.Payload); err == nil {
				notify(s)
			}
		}
	}
}

func parseSignal(payload string) (Signal, error) {
	w := words{rest: payload}
	id, err := ParseID(w.next())
	if err != nil {
		return Signal{}, err
	}
	s := Signal{Session: id, Ended: w.next() == "1"}
	if s.Epoch, err = strconv.ParseInt(w.next(), 10, 64); err != nil {
		return Signal{}, fmt.Errorf("signal: %w", err)
	}
	if login := w.next(); login != "-" {
		s.Login = login
	}
	return s, nil
}

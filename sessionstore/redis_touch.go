package sessionstore

import (
	"context"
	"strconv"
)

// Touch implements [Store]. It may be repeated where it failed.
func (r *Redis) Touch(ctx context.Context, touches []Touch) error {
	if len(touches) == 0 {
		return nil
	}
	if err := r.ready(ctx); err != nil {
		return err
	}
	_, fixed := r.told()
	calls := make([]call, len(touches))
	for i := range touches {
		t := &touches[i]
		used := ""
		if t.Used != (Hash{}) {
			used = t.Used.String()
		}
		part := r.keys.of(t.Session)
		calls[i] = touchScript.call([]string{r.keys.session(t.Session), part.due, part.feed},
			fixed, r.keys.ended, strconv.FormatInt(t.At.UnixMilli(), 10), used)
	}
	replies, err := r.all(ctx, calls)
	if err != nil {
		return failed("touch", err)
	}
	ended := map[string][]string{}
	for i, reply := range replies {
		words, ok := reply.([]any)
		if !ok {
			return errReply
		}
		for j := 0; j+1 < len(words); j += 2 {
			user := word(words, j+1)
			ended[user] = append(ended[user], indexField(touches[i].Session, word(words, j)))
		}
	}
	r.releaseFields(ctx, ended) //nolint:errcheck,gosec // see release (G104)
	return nil
}

package sessionstore

import (
	"context"
	"errors"
	"sync"

	"github.com/sojourn-go/sojourn/analytics"
)

// settle makes the end that an entry of a user's index stands for, and removes
// the entry: of a login that is live in the index but not in its session, it
// sees to it that it never begins. It may be repeated. It reports whether the
// session, or for an eviction the login, ended by it.
func (r *Redis) settle(ctx context.Context, user string, e *indexEntry) (bool, error) {
	skew, fixed := r.told()
	p := newParts(fixed, r.keys.ended, e.actor, nil)
	reason := analytics.ReasonRevoked
	switch e.state {
	case indexEvict:
		reason = analytics.ReasonEvicted
		p.add("logout", string(reason), e.login)
	case indexEnd:
		reason = e.reason
		p.add("enduser", string(reason), user, e.login)
	default:
		p.add("forgo", e.login)
	}
	p.add("bury", string(reason), e.login)
	out, err := r.applyParts(ctx, e.session, p, skew, e.state != indexLive)
	if err != nil && !refused(err) {
		return false, err
	}
	r.release(ctx, e.session, out.logins)
	if e.state == indexLive && out.done {
		return true, nil // it has begun after all
	}
	ended := err == nil && out.done
	if e.state == indexEvict {
		ended = err == nil && len(out.logins) > 0
	}
	return ended, r.remove(ctx, user, e.field())
}

// remove takes a login out of its user's index that never began, or was marked
// and has been ended. If another login has taken its place meanwhile, those that
// were to give way to the one give way to the other.
func (r *Redis) remove(ctx context.Context, user, field string) error {
	skew := r.skewed()
	keys := []string{r.keys.user(user), r.keys.ofUser(user).due}
	words, err := r.one(ctx, releaseScript.call(keys, skew, field))
	if err != nil {
		return failed("release", err)
	}
	marked := entriesOf(words[2:], indexEvict)
	by, ok := parseIndexField(word(words, 1))
	if !ok || len(marked) == 0 {
		return nil
	}
	// If the other has not begun, whoever began it ends them once it has: they are
	// marked before this is looked at, and it looks at the marks after it began.
	rec, err := r.Load(ctx, by.session)
	if err != nil || rec.Login == nil || rec.Login.ID != by.login {
		if errors.Is(err, ErrEnded) {
			return nil
		}
		return err
	}
	_, err = r.settleAll(ctx, user, marked)
	return err
}

// settlers is how many entries are settled at once: their scripts share round
// trips.
const settlers = 16

// settleAll settles entries, and returns those whose settle reported true.
func (r *Redis) settleAll(ctx context.Context, user string, entries []indexEntry) ([]indexEntry, error) {
	var (
		wg     sync.WaitGroup
		mu     sync.Mutex
		ended  []indexEntry
		faults []error
		next   int
	)
	for range min(settlers, len(entries)) {
		wg.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= len(entries) {
					return
				}
				did, err := r.settle(ctx, user, &entries[i])
				mu.Lock()
				if did {
					ended = append(ended, entries[i])
				}
				if err != nil {
					faults = append(faults, err)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return ended, errors.Join(faults...)
}

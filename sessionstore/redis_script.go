package sessionstore

import (
	"context"
	"crypto/sha1" //nolint:gosec // Redis names scripts by their SHA-1 (G505)
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

var (
	//go:embed common.lua
	commonLua string
	//go:embed apply.lua
	applyLua string
	//go:embed plain.lua
	plainLua string
	//go:embed put.lua
	putLua string
	//go:embed addline.lua
	addLineLua string
	//go:embed sweep.lua
	sweepLua string
	//go:embed touch.lua
	touchLua string
	//go:embed append.lua
	appendLua string
	//go:embed user.lua
	userLua string
	//go:embed reserve.lua
	reserveLua string
	//go:embed release.lua
	releaseLua string
	//go:embed enduser.lua
	endUserLua string
	//go:embed repaired.lua
	repairedLua string
	//go:embed read.lua
	readLua string
	//go:embed trim.lua
	trimLua string

	applyScript    = newScript(commonLua + applyLua)
	putScript      = newScript(plainLua + putLua)
	addLineScript  = newScript(plainLua + addLineLua)
	sweepScript    = newScript(commonLua + sweepLua)
	touchScript    = newScript(commonLua + touchLua)
	appendScript   = newScript(appendLua)
	reserveScript  = newScript(userLua + reserveLua)
	releaseScript  = newScript(userLua + releaseLua)
	endUserScript  = newScript(userLua + endUserLua)
	repairedScript = newScript(userLua + repairedLua)
	readScript     = newScript(readLua)
	trimScript     = newScript(trimLua)
)

type script struct{ source, sha string }

func newScript(source string) *script {
	sum := sha1.Sum([]byte(source)) //nolint:gosec // see the import (G401)
	return &script{source, hex.EncodeToString(sum[:])}
}

// call is one run of a script: the words of its EVALSHA. Without a script it is
// another command.
type call struct {
	script *script
	words  []any
}

const firstKey = 3 // among the words

func (s *script) call(keys []string, args ...any) call {
	words := make([]any, 0, firstKey+len(keys)+len(args))
	words = append(words, "evalsha", &s.sha, len(keys))
	for _, k := range keys {
		words = append(words, k)
	}
	return call{s, append(words, args...)}
}

// key returns the first key, which says where the call goes.
func (c *call) key() string {
	key, _ := c.words[firstKey].(string) // as script.call puts it there
	return key
}

// withSource makes the call carry the script itself.
func (c *call) withSource() { c.words[0], c.words[1] = "eval", c.script.source }

// onceCmd is a command that go-redis must not send again by itself: the server
// may have executed it before the connection broke.
type onceCmd struct{ *redis.Cmd }

func newOnceCmd(ctx context.Context, words []any) onceCmd {
	return onceCmd{redis.NewCmd(ctx, words...)}
}

// NoRetry tells go-redis.
func (onceCmd) NoRetry() bool { return true }

// onceInts is likewise a command whose reply is whole numbers.
type onceInts struct{ *redis.IntSliceCmd }

func newOnceInts(ctx context.Context, words []any) onceInts {
	return onceInts{redis.NewIntSliceCmd(ctx, words...)}
}

// NoRetry tells go-redis.
func (onceInts) NoRetry() bool { return true }

// attempts is how often a call is sent at most while it is certain that none
// before was executed.
const attempts = 4

// once makes a call that must not run twice, and returns the command that holds
// its reply, and when it was sent. If the error is one of the connection it may
// have run.
func once[C redis.Cmder](ctx context.Context, r *Redis, c call, command func(context.Context, []any) C) (cmd C, sent int64, err error) {
	for n := 1; ; n++ {
		sent = r.clock.local()
		cmd = command(ctx, c.words)
		if err = r.submit(ctx, cmd); err == nil {
			return cmd, sent, nil
		}
		if again, waitErr := r.again(ctx, &c, err, n); !again {
			return cmd, sent, errors.Join(err, waitErr)
		}
	}
}

// once is likewise for scripts that reply with words.
func (r *Redis) once(ctx context.Context, c call) ([]any, error) {
	cmd, sent, err := once(ctx, r, c, newOnceCmd)
	if err != nil {
		return nil, err
	}
	return r.answer(sent, cmd.Val())
}

// pipelines lets a few small pipelines be under way at a time: with one large
// one, Redis and this process would take turns. Order does not matter, because
// whoever sends a command waits for its reply.
func pipelines() *redis.AutoPipelineOptions {
	return &redis.AutoPipelineOptions{MaxBatchSize: 8, MaxConcurrentBatches: 3, Unordered: true}
}

// submit sends a command together with those of other requests, or alone if
// there are none: the detour would cost more than the round trip. It waits no
// longer than the deadline of ctx; if that passed the command must not be looked
// at, because its reply may yet come.
func (r *Redis) submit(ctx context.Context, cmd redis.Cmder) error {
	defer r.flying.Add(-1)
	if r.flying.Add(1) == 1 {
		if _, limited := ctx.Deadline(); !limited {
			return r.client.Process(ctx, cmd)
		}
	}
	ap := r.shared.Load()
	if ap == nil || ap.IsClosed() {
		var err error
		if ap, err = r.client.AsyncAutoPipelineWithOptions(pipelines()); err != nil {
			return r.client.Process(ctx, cmd)
		}
		r.shared.Store(ap)
	}
	return ap.Submit(ctx, cmd).WaitContext(ctx)
}

// again reports whether a call that failed is to be sent once more because it
// did not run, and prepares it.
func (r *Redis) again(ctx context.Context, c *call, err error, n int) (bool, error) {
	why := unrun(err)
	switch {
	case why == mayHaveRun || n >= attempts:
		return false, nil
	case why == unknownScript:
		c.withSource()
		return true, nil
	}
	err = pause(ctx, n)
	return err == nil, err
}

// fate is what an error tells of a call.
type fate int

const (
	mayHaveRun    fate = iota
	unknownScript      // it did not run, for want of the script
	unreached          // it did not run, but may in a moment
)

func unrun(err error) fate {
	var dial *net.OpError
	switch {
	case redis.HasErrorPrefix(err, "NOSCRIPT"):
		return unknownScript
	case redis.HasErrorPrefix(err, "TRYAGAIN"): // the slot is moving between nodes
		return unreached
	case errors.As(err, &dial) && dial.Op == "dial":
		return unreached
	}
	return mayHaveRun
}

// pause waits before the attempt after the n-th.
func pause(ctx context.Context, n int) error {
	timer := time.NewTimer(time.Duration(n*n) * 10 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// answer takes the server's time from a reply.
func (r *Redis) answer(sent int64, reply any) ([]any, error) {
	words, ok := reply.([]any)
	if !ok || len(words) == 0 {
		return nil, errReply
	}
	micros, err := strconv.ParseInt(word(words, 0), 10, 64)
	if err != nil {
		return nil, errReply
	}
	r.clock.learn(sent, micros)
	return words, nil
}

var errReply = errors.New("sessionstore: a script's reply makes no sense")

// word returns the i-th word of a reply, or "" if it is none.
func word(words []any, i int) string {
	if i >= len(words) {
		return ""
	}
	s, _ := words[i].(string) // see above
	return s
}

// skewed returns how far tests have put the clock forward, as the scripts are told.
func (r *Redis) skewed() string { return strconv.FormatInt(r.skew.Load(), 10) }

// number reads a whole number that a script or this store has written.
func number(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("sessionstore: %w", errField)
	}
	return n, nil
}

var errField = errors.New("a field holds no number")

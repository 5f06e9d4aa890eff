package sessionstore

import "context"

// Most changes put values that their author saw, or add to a line of the cart,
// in a session none of whose limits has passed. Each of these two has a script
// of its own, because apply.lua takes several times as long. It does the change
// if it is as plain as that, and else nothing, which costs another round trip.

// maxQuick bounds what a script unpacks.
const maxQuick = 100

// quick makes a change by one of the scripts for what is usual, and reports
// whether it did. If an error is one of the store it may have been made.
func (r *Redis) quick(ctx context.Context, c *Change) (res Result, done bool, err error) {
	switch {
	case !c.onlyState():
		return Result{}, false, nil
	case c.isPut():
		return r.put(ctx, c)
	case len(c.Values) == 0 && len(c.Cart) == 1 && c.Cart[0].Op == AddLine:
		return r.addLine(ctx, c)
	}
	return Result{}, false, nil
}

// onlyState reports whether a client changes values and the cart, and no more.
func (c *Change) onlyState() bool {
	return !c.AnyEpoch && c.Device == nil && c.Create == nil && c.End == nil && c.EndLogin == nil && !c.Clear &&
		c.Visit == nil && c.Login == nil && c.Reauth == nil && c.Rotate == nil && c.Renew == nil &&
		c.Checkout == nil && len(c.Events) == 0
}

// isPut reports whether the change puts values, of which put.lua can tell
// whether their author saw what they replace.
func (c *Change) isPut() bool {
	if len(c.Values) == 0 || len(c.Values) > maxQuick || len(c.Cart) > 0 {
		return false
	}
	for i := range c.Values {
		if v := &c.Values[i]; v.Op != SetValue || v.HasBase && v.Base == "" {
			return false
		}
	}
	return true
}

func (r *Redis) put(ctx context.Context, c *Change) (res Result, done bool, err error) {
	skew := r.skew.Load()
	// An interface holds a pointer without another allocation. These do not point
	// into the change: its author may have it back while the command is on its way.
	own := make([]string, 0, 1+3*len(c.Values))
	words := make([]any, 0, firstKey+4+3*len(c.Values))
	own = append(own, r.keys.session(c.Session))
	words = append(words, "evalsha", &putScript.sha, "1", &own[0], c.Epoch, skew, r.limits.TotalBytes)
	for i := range c.Values {
		v, n := &c.Values[i], len(own)
		own = append(own, "v:"+v.Key, v.Base, v.Value)
		words = append(words, &own[n], &own[n+1], &own[n+2])
	}
	reply, err := r.onceInts(ctx, call{putScript, words})
	if err != nil || len(reply) == 0 {
		return Result{}, err != nil, err
	}
	return Result{At: moment(reply[0], skew)}, true, nil
}

func (r *Redis) addLine(ctx context.Context, c *Change) (res Result, done bool, err error) {
	skew, line := r.skew.Load(), c.Cart[0]
	reply, err := r.onceInts(ctx, call{addLineScript, []any{
		"evalsha", &addLineScript.sha, "2", r.keys.session(c.Session), &r.keys.of(c.Session).feed,
		c.Epoch, skew, &r.fixed, line.SKU, line.Quantity,
	}})
	if err != nil || len(reply) < 2 {
		return Result{}, err != nil, err
	}
	return Result{At: moment(reply[0], skew), Quantities: map[string]int64{line.SKU: reply[1]}}, true, nil
}

// onceInts runs a script that replies with the time and other numbers, or with
// nothing if it has done nothing.
func (r *Redis) onceInts(ctx context.Context, c call) ([]int64, error) {
	cmd, sent, err := once(ctx, r, c, newOnceInts)
	if err != nil {
		return nil, failed("apply", err)
	}
	reply := cmd.Val()
	if len(reply) > 0 {
		r.clock.learn(sent, reply[0])
	}
	return reply, nil
}

package sessionstore

import (
	"strconv"
	"strings"
	"time"
)

// parts is a change as apply.lua reads it.
type parts []any

func (p *parts) add(words ...any) { *p = append(*p, words...) }

// newParts begins a change by the actor, under the epoch or, if that is nil,
// under any.
func newParts(fixed, channel, actor string, epoch *int64) parts {
	e := ""
	if epoch != nil {
		e = strconv.FormatInt(*epoch, 10)
	}
	return append(make(parts, 0, 32), fixed, channel, actor, e)
}

func (p *parts) change(c *Change) {
	if n := c.Create; n != nil {
		p.add("create", n.Credential.String(), ms(n.Idle), ms(n.Max), n.Client.ID, n.Client.Key)
	}
	if c.End != nil {
		p.add("end", string(c.End.Reason))
		p.notes(c.Events)
		return
	}
	if e := c.EndLogin; e != nil {
		p.add("logout", string(e.Reason), e.Login)
	}
	if c.Clear {
		p.add("clear")
	}
	if l := c.Login; l != nil {
		p.add("login", l.ID, l.User, ms(l.Idle), ms(l.Max), strings.Join(l.AMR, " "), l.ACR)
	}
	if l := c.Reauth; l != nil {
		p.add("reauth", l.Login, ms(l.Idle), ms(l.Max), strings.Join(l.AMR, " "), l.ACR)
	}
	if k := c.Rotate; k != nil {
		p.add("rotate", k.From.String(), k.To.String(), k.Sealed)
	}
	if k := c.Renew; k != nil {
		p.add("renew", k.To.String(), ms(k.Grace))
	}
	if v := c.Visit; v != nil {
		p.add("visit", v.ID, ms(v.Idle), ms(v.Max))
		p.attributes(v.Attributes)
	}
	p.values(c.Values)
	p.cart(c.Cart)
	if c.Checkout != nil {
		p.add("checkout", c.Checkout.Order)
	}
	if c.Device != nil {
		p.add("device", c.Device.Agent, c.Device.Address)
	}
	p.notes(c.Events)
}

func (p *parts) values(changes []ValueChange) {
	for i := range changes {
		v := &changes[i]
		has := "0"
		if v.HasBase {
			has = "1"
		}
		switch v.Op {
		case SetValue:
			p.add("set", v.Key, has, v.Base, v.Value)
		case SwapValue:
			p.add("swap", v.Key, has, v.Base, v.Value)
		case DeleteValue:
			p.add("del", v.Key, has, v.Base)
		case AddValue:
			p.add("add", v.Key, strconv.FormatInt(v.Delta, 10))
		}
	}
}

func (p *parts) cart(changes []CartChange) {
	for i := range changes {
		line := &changes[i]
		switch line.Op {
		case AddLine:
			p.add("more", line.SKU, strconv.FormatInt(line.Quantity, 10))
		case SetLine:
			p.add("line", line.SKU, strconv.FormatInt(line.Quantity, 10))
		case ClearCart:
			p.add("empty")
		}
	}
}

func (p *parts) notes(notes []Note) {
	for i := range notes {
		p.add("note", string(notes[i].Type))
		p.attributes(notes[i].Attributes)
	}
}

// attributes adds how many words follow, and the names and values.
func (p *parts) attributes(attributes map[string]string) {
	p.add(2 * len(attributes))
	for name, value := range attributes {
		p.add(name, value)
	}
}

// ms writes a duration as milliseconds, rounded up, and 0 for none.
func ms(d time.Duration) string {
	if d <= 0 {
		return "0"
	}
	n := int64(d / time.Millisecond)
	if d%time.Millisecond > 0 {
		n++
	}
	return strconv.FormatInt(n, 10)
}

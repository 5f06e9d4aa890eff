package sessionstore

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"time"
)

// The bounds of what a change may hold that no [Limits] speak of.
const (
	maxKeyLen    = 256
	maxSKULen    = 128
	maxUserLen   = 256
	maxWordLen   = 64 // of the ID of a login or a visit, and of an authentication method
	maxDeviceLen = 64
	maxACRLen    = 64
	maxMethods   = 16
	maxClientLen = 128

	maxAttributeName = 64
	maxVisitAttrs    = 16
	maxVisitAttr     = 256
	maxNoteAttrs     = 32
	maxNoteAttr      = 1024
)

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// Check refuses a change that is wrong or too large by itself, with [ErrInvalid]
// or [ErrTooLarge]. It is for those who write a store, who call it first; the
// limits on totals are checked where the totals are known.
func (c *Change) Check(l Limits) error {
	return cmp.Or(c.checkParts(), c.checkClient(), c.checkProof(), c.checkWords(), c.checkEvents(), c.checkValues(l), c.checkCart(l))
}

func (c *Change) checkParts() error {
	if c.Create != nil && c.Create.Idle <= 0 {
		return invalid("a session needs an idle limit")
	}
	if c.Create != nil && c.End != nil {
		return invalid("a session cannot be created and ended in one step")
	}
	for _, e := range []*End{c.End, c.EndLogin} {
		if e != nil && !e.Reason.Valid() {
			return invalid("unknown reason %q", e.Reason)
		}
	}
	if n := c.Login; n != nil {
		switch {
		case n.User == "" || len(n.User) > maxUserLen:
			return invalid("a user is 1 to %d bytes", maxUserLen)
		case c.Create == nil && c.Renew == nil:
			return invalid("a login needs a new credential")
		}
	}
	if c.Reauth != nil && (c.EndLogin != nil || c.Login != nil) {
		return invalid("a login is proven again in no change that ends or begins one")
	}
	return nil
}

// checkClient is about what is kept of the client.
func (c *Change) checkClient() error {
	if d := c.Device; d != nil && (len(d.Agent) > maxDeviceLen || len(d.Address) > maxDeviceLen) {
		return invalid("the agent and the address of a device are up to %d bytes", maxDeviceLen)
	}
	if c.Create == nil {
		return nil
	}
	if id := c.Create.Client.ID; id != "" && !isWord(id, maxClientLen) {
		return invalid("the ID of a client is up to %d letters, digits, or other visible ASCII", maxClientLen)
	}
	if key := c.Create.Client.Key; key != "" && !isThumbprint(key) {
		return invalid("the key of a client is named by its SHA-256 thumbprint, 43 base64url characters")
	}
	return nil
}

// checkProof is about how a login was proven.
func (c *Change) checkProof() error {
	check := func(amr []string, acr string) error {
		if len(amr) > maxMethods {
			return invalid("a login has up to %d authentication methods", maxMethods)
		}
		for _, method := range amr {
			if !isWord(method, maxWordLen) {
				return notWord("an authentication method")
			}
		}
		if len(acr) > maxACRLen {
			return invalid("an authentication context class is up to %d bytes", maxACRLen)
		}
		return nil
	}
	if c.Login != nil {
		if err := check(c.Login.AMR, c.Login.ACR); err != nil {
			return err
		}
	}
	if c.Reauth != nil {
		return check(c.Reauth.AMR, c.Reauth.ACR)
	}
	return nil
}

// checkWords refuses names that cannot stand between spaces, as stores keep
// them.
func (c *Change) checkWords() error {
	if c.Login != nil && !isWord(c.Login.ID, maxWordLen) {
		return notWord("the ID of a login")
	}
	if c.Visit != nil && !isWord(c.Visit.ID, maxWordLen) {
		return notWord("the ID of a visit")
	}
	if c.EndLogin != nil && c.EndLogin.Login != "" && !isWord(c.EndLogin.Login, maxWordLen) {
		return notWord("the ID of a login")
	}
	return nil
}

// checkEvents is about what the change has told in events.
func (c *Change) checkEvents() error {
	if c.Visit != nil {
		if err := checkAttributes("a visit", c.Visit.Attributes, maxVisitAttrs, maxVisitAttr); err != nil {
			return err
		}
	}
	for i := range c.Events {
		if err := c.Events[i].Check(); err != nil {
			return err
		}
	}
	return nil
}

// Check refuses with [ErrInvalid] a note that no change may hold, for those who
// gather notes before they make the change.
func (n *Note) Check() error {
	return checkAttributes("an event", n.Attributes, maxNoteAttrs, maxNoteAttr)
}

func checkAttributes(of string, attributes map[string]string, most, length int) error {
	if len(attributes) > most {
		return invalid("%s has up to %d attributes", of, most)
	}
	for name, value := range attributes {
		if name == "" || len(name) > maxAttributeName {
			return invalid("the name of an attribute is 1 to %d bytes", maxAttributeName)
		}
		if len(value) > length {
			return invalid("attribute %q of %s is up to %d bytes", name, of, length)
		}
	}
	return nil
}

func notWord(what string) error {
	return invalid("%s is 1 to %d letters, digits, or other visible ASCII", what, maxWordLen)
}

func isWord(s string, limit int) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= limit
}

// isThumbprint reports whether s can be the SHA-256 thumbprint of a key (RFC
// 7638 §3.1), in the one spelling that it has.
func isThumbprint(s string) bool {
	var h Hash
	if len(s) != base64.RawURLEncoding.EncodedLen(len(h)) {
		return false
	}
	_, err := base64.RawURLEncoding.Decode(h[:], []byte(s))
	return err == nil && h.String() == s
}

func (c *Change) checkValues(l Limits) error {
	var seen map[string]struct{}
	if len(c.Values) > 1 {
		seen = make(map[string]struct{}, len(c.Values))
	}
	for i := range c.Values {
		v := &c.Values[i]
		if _, twice := seen[v.Key]; twice {
			return invalid("key %q is changed twice", v.Key)
		}
		if seen != nil {
			seen[v.Key] = struct{}{}
		}
		if v.Key == "" || len(v.Key) > maxKeyLen {
			return invalid("a key is 1 to %d bytes", maxKeyLen)
		}
		if len(v.Value) > l.ValueBytes {
			return fmt.Errorf("%w: key %q has a value of %d bytes, the limit is %d", ErrTooLarge, v.Key, len(v.Value), l.ValueBytes)
		}
	}
	return nil
}

func (c *Change) checkCart(l Limits) error {
	for i := range c.Cart {
		line := &c.Cart[i]
		if line.Op != ClearCart && (line.SKU == "" || len(line.SKU) > maxSKULen) {
			return invalid("a SKU is 1 to %d bytes", maxSKULen)
		}
		if line.Quantity > l.Quantity || line.Quantity < -l.Quantity {
			return fmt.Errorf("%w: quantity %d, the limit is %d", ErrTooLarge, line.Quantity, l.Quantity)
		}
	}
	return nil
}

const (
	maxOnceLen = 256
	maxOnceTTL = 24 * time.Hour
)

// CheckWord refuses with [ErrInvalid] what [Store.Remember] does not note, for
// those who write a store.
func CheckWord(word string, ttl time.Duration) error {
	if word == "" || len(word) > maxOnceLen {
		return invalid("a word to remember is 1 to %d bytes", maxOnceLen)
	}
	if ttl <= 0 || ttl > maxOnceTTL {
		return invalid("a word is remembered for up to %v, not for %v", maxOnceTTL, ttl)
	}
	return nil
}

package sessionstore

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

var errRecord = errors.New("sessionstore: what Redis holds under the key of a session is none")

// decodeReply reads a session from the reply to HGETALL as it came over the
// wire, in RESP2 or RESP3. The strings of the record are parts of one: a load
// is the hottest path there is.
func decodeReply(id ID, raw []byte) (*Record, error) {
	s := string(raw)
	if s == "" {
		return nil, errRecord
	}
	kind := s[0]
	n, rest, ok := count(s[1:])
	switch {
	case !ok:
		return nil, errRecord
	case kind == '*':
		n /= 2
	case kind != '%':
		return nil, errRecord
	}
	d := recordDecoder{pairs: n}
	d.rec.ID = id
	for range n {
		var name, value string
		if name, rest, ok = bulk(rest); !ok {
			return nil, errRecord
		}
		if value, rest, ok = bulk(rest); !ok {
			return nil, errRecord
		}
		d.field(name, value)
	}
	return d.record()
}

// bulk takes a bulk string off a reply.
func bulk(s string) (value, rest string, ok bool) {
	if s == "" || s[0] != '$' {
		return "", "", false
	}
	n, rest, ok := count(s[1:])
	if !ok || len(rest) < n+2 {
		return "", "", false
	}
	return rest[:n], rest[n+2:], true
}

// count takes a line with a count off a reply, digit by digit: there is one
// before each of many short strings.
func count(s string) (n int, rest string, ok bool) {
	for i := range len(s) {
		switch digit := s[i] - '0'; {
		case digit <= 9 && i < 9:
			n = 10*n + int(digit)
		case s[i] == '\r' && i > 0 && len(s) > i+1:
			return n, s[i+2:], true
		default:
			return 0, "", false
		}
	}
	return 0, "", false
}

// decodeFields reads a session from its fields.
func decodeFields(id ID, fields map[string]string) (*Record, error) {
	d := recordDecoder{pairs: len(fields)}
	d.rec.ID = id
	for name, value := range fields {
		d.field(name, value)
	}
	return d.record()
}

// recordDecoder builds a record from its fields, in whatever order they come.
// The fields: see redisKeys.
type recordDecoder struct {
	rec   Record
	pairs int // fields in all
	valid bool
	bad   bool
	end   string

	login          Login
	visit          Visit
	user, amr, acr string
	old            [2]string
}

func (d *recordDecoder) field(name, value string) {
	if len(name) > 2 && name[1] == ':' {
		d.state(name, value)
		return
	}
	rec := &d.rec
	w := words{rest: value}
	switch name {
	case "session":
		rec.Created, rec.Idle, rec.Until = w.time(), w.duration(), w.time()
		d.valid = true
	case "seen":
		rec.Seen = w.time()
	case "key":
		rec.Credential.Current, rec.Credential.Since, rec.Credential.Epoch = w.hash(), w.time(), w.number()
	case "prev":
		rec.Credential.Previous, rec.Credential.Used = w.hash(), w.time()
	case "sealed":
		rec.Credential.Sealed = []byte(value)
	case "old0":
		d.old[0] = value
	case "old1":
		d.old[1] = value
	case "owner":
		rec.Owner = value
	case "login":
		rec.Login = &d.login
		d.login.ID, d.login.Started, d.login.Authenticated = w.next(), w.time(), w.time()
		d.login.Idle, d.login.Until = w.duration(), w.time()
	case "user":
		d.user = value
	case "amr":
		d.amr = value
	case "acr":
		d.acr = value
	case "visit":
		rec.Visit = &d.visit
		d.visit = w.visit()
	case "agent":
		rec.Device.Agent = value
	case "addr":
		rec.Device.Address = value
	case "client":
		rec.Client.ID = value
	case "jkt":
		rec.Client.Key = value
	case "size":
		rec.size = int(w.number())
	case "refused":
		rec.refused = strings.Fields(value)
	case "end":
		d.end = value
	}
	d.bad = d.bad || w.bad
}

// usualFields is about how many fields of a record are no values and no lines.
const usualFields = 13

// state takes in a value or a cart line.
func (d *recordDecoder) state(name, value string) {
	key := name[2:]
	switch name[0] {
	case 'v':
		if d.rec.Values == nil {
			d.rec.Values = make(map[string]string, max(d.pairs-usualFields, 0))
		}
		d.rec.Values[key] = value
	case 'c':
		if d.rec.Cart == nil {
			d.rec.Cart = make(map[string]int64, max(d.pairs-usualFields, 0))
		}
		n, err := strconv.ParseInt(value, 10, 64)
		d.rec.Cart[key] = n
		d.bad = d.bad || err != nil
	}
}

func (d *recordDecoder) record() (*Record, error) {
	switch {
	case d.bad:
		return nil, errRecord
	case d.end != "":
		return nil, decodeEnd(d.end)
	case !d.valid:
		return nil, ErrEnded
	}
	if l := d.rec.Login; l != nil {
		// The login and the visit live in the decoder, and so beside the record.
		l.User, l.ACR = d.user, d.acr
		if d.amr != "" {
			l.AMR = strings.Split(d.amr, " ")
		}
	}
	if n := (len(d.old[0]) + len(d.old[1])) / spentField; n > 0 {
		d.rec.Credential.spent = make([]spentSecret, 0, n)
		for _, s := range d.old {
			for ; len(s) >= spentField; s = s[spentField:] {
				d.rec.Credential.spent = append(d.rec.Credential.spent, spentSecret{s[1:spentField], s[0] == 's'})
			}
		}
	}
	return &d.rec, nil
}

const spentField = 1 + spentLen // of a spent secret: its flag and its hash

// decodeEnd reads how a session ended: "<reason> <at>".
func decodeEnd(s string) error {
	w := words{rest: s}
	e := &EndedError{Reason: analytics.Reason(w.next()), At: w.time()}
	if w.bad {
		return ErrEnded
	}
	return e
}

// words reads the parts of a field.
type words struct {
	rest string
	bad  bool
}

func (w *words) next() string {
	word, rest, _ := strings.Cut(w.rest, " ")
	w.rest = rest
	return word
}

func (w *words) number() int64 {
	n, err := strconv.ParseInt(w.next(), 10, 64)
	w.bad = w.bad || err != nil
	return n
}

func (w *words) time() time.Time {
	if ms := w.number(); ms != 0 {
		return time.UnixMilli(ms).UTC()
	}
	return time.Time{}
}

func (w *words) duration() time.Duration { return time.Duration(w.number()) * time.Millisecond }

func (w *words) hash() (h Hash) {
	var text [43]byte
	if copy(text[:], w.next()) != len(text) {
		w.bad = true
		return Hash{}
	}
	_, err := base64.RawURLEncoding.Decode(h[:], text[:])
	w.bad = w.bad || err != nil
	return h
}

func (w *words) visit() Visit {
	return Visit{ID: w.next(), Started: w.time(), Idle: w.duration(), Until: w.time()}
}

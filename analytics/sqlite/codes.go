package sqlite

import (
	"encoding/binary"
	"maps"
	"strings"
)

// mostCodes is how many texts the writer remembers the numbers of, nearly.
const mostCodes = 200_000

// codes remembers the numbers of texts, by table and text. They never change while
// the row is there, whoever else writes to the file, and rows are deleted only
// where meta.pruned tells so.
type codes struct {
	known  map[string]int64
	fresh  map[string]int64 // of the transaction under way
	pruned int64
}

func newCodes() *codes { return &codes{known: map[string]int64{}, fresh: map[string]int64{}} }

// begin forgets all if rows were deleted since.
func (k *codes) begin(pruned int64) {
	clear(k.fresh)
	if pruned != k.pruned || len(k.known) > mostCodes {
		clear(k.known)
	}
	k.pruned = pruned
}

// commit keeps what the transaction found.
func (k *codes) commit() { maps.Copy(k.known, k.fresh) }

func (k *codes) get(key string) (int64, bool) {
	n, ok := k.fresh[key]
	if !ok {
		n, ok = k.known[key]
	}
	return n, ok
}

// dictionary is a table of texts that have numbers.
type dictionary struct {
	name      string
	find, add string // statements
}

func newDictionary(name string, columns ...string) *dictionary {
	return &dictionary{
		name: name + "\x00",
		find: "SELECT n FROM " + name + " WHERE " + strings.Join(columns, " = ? AND ") + " = ?",
		add: "INSERT INTO " + name + " (" + strings.Join(columns, ", ") + ") VALUES (?" +
			strings.Repeat(", ?", len(columns)-1) + ")",
	}
}

var (
	pages      = newDictionary("pages", "path", "route", "screen")
	names      = newDictionary("names", "name")
	currencies = newDictionary("currencies", "name")
	arms       = newDictionary("arms", "experiment", "variant")
	origins    = newDictionary("origins", originAttributes...)
)

// originAttributes are the columns of origins, and the attributes that they hold: those
// of [analytics.Origin].
var originAttributes = []string{
	"source", "medium", "campaign", "term", "content", "click", "referrer",
	"platform", "device", "browser", "os", "language", "bot",
}

// key returns what the numbers of texts are remembered by. Each text tells its length,
// because it may hold anything.
func (d *dictionary) key(texts []string) string {
	b := append(make([]byte, 0, 128), d.name...)
	for _, t := range texts {
		b = append(binary.AppendUvarint(b, uint64(len(t))), t...)
	}
	return string(b)
}

// code returns the number of a text, or of several that belong together, and gives
// it one if it has none.
func (b *batch) code(d *dictionary, texts ...string) (int64, error) {
	key := d.key(texts)
	if n, ok := b.w.codes.get(key); ok {
		return n, nil
	}
	args := make([]any, len(texts))
	for i, t := range texts {
		args[i] = t
	}
	n, err := b.c.number(d.find, args...)
	if err != nil {
		return 0, err
	}
	if n == 0 {
		result, err := b.c.run(d.add, args...)
		if err != nil {
			return 0, err
		}
		if n, err = result.LastInsertId(); err != nil {
			return 0, failed("insert", err)
		}
	}
	b.w.codes.fresh[key] = n
	return n, nil
}

// user returns the number of a user. None is given twice, because users are
// deleted.
func (b *batch) user(name string) (int64, error) {
	if name == "" {
		return 0, nil
	}
	key := "users\x00" + name
	if n, ok := b.w.codes.get(key); ok {
		return n, nil
	}
	n, err := b.c.number("SELECT n FROM users WHERE name = ?", name)
	if err != nil {
		return 0, err
	}
	if n == 0 {
		b.meta.users++
		n = b.meta.users
		if err := b.c.exec("INSERT INTO users (n, name) VALUES (?, ?)", n, name); err != nil {
			return 0, err
		}
	}
	b.w.codes.fresh[key] = n
	return n, nil
}

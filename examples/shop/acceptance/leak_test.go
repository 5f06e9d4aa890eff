package acceptance

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

// dump returns every key of the database with all that it holds, as Redis
// stores it and as it answers.
func dump(ctx context.Context, c *redis.Client) ([]byte, error) {
	var all bytes.Buffer
	keys := c.Scan(ctx, 0, "", 1000).Iterator()
	for keys.Next(ctx) {
		key := keys.Val()
		raw, err := c.Dump(ctx, key).Result()
		if err != nil && err != redis.Nil { //nolint:errorlint // go-redis returns it bare
			return nil, err
		}
		var value any
		switch c.Type(ctx, key).Val() {
		case "hash":
			value = c.HGetAll(ctx, key).Val()
		case "stream":
			value = c.XRange(ctx, key, "-", "+").Val()
		case "zset":
			value = c.ZRangeWithScores(ctx, key, 0, -1).Val()
		case "set":
			value = c.SMembers(ctx, key).Val()
		case "list":
			value = c.LRange(ctx, key, 0, -1).Val()
		default:
			value = c.Get(ctx, key).Val()
		}
		fmt.Fprintf(&all, "%s\n%s\n%v\n", key, raw, value)
	}
	return all.Bytes(), keys.Err()
}

// spellings are the ways in which a token's secret might be written down.
func spellings(token string) (map[string][]byte, error) {
	_, secret, _, err := parts(token)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		"the token":                     []byte(token),
		"the body of the token":         []byte(token[len(tokenPrefix):]),
		"the secret":                    secret,
		"the secret in base64url":       []byte(base64.RawURLEncoding.EncodeToString(secret)),
		"the secret in base64":          []byte(base64.RawStdEncoding.EncodeToString(secret)),
		"the secret in hex":             []byte(hex.EncodeToString(secret)),
		"the secret in HEX":             []byte(strings.ToUpper(hex.EncodeToString(secret))),
		"the secret as Go prints bytes": []byte(strings.Trim(fmt.Sprintf("%d", secret), "[]")),
	}, nil
}

var leakFlags = []string{"-rotate", "100ms", "-grace", "200ms", "-max-logins", "3", "-abandon", "300ms"}

func TestI4_NoCredentialAtRest(t *testing.T) {
	r := redistest.Single(t, redistest.Config("rdbcompression", "no"))
	seen := watch(t, r.Addr())
	dir, hook := t.TempDir(), receive(t)
	s := openOn(t, r, append([]string{"-analytics", filepath.Join(dir, "analytics.db"), "-webhook", hook.url}, leakFlags...)...)
	sessions, strangers := manyUsers(t, s, hook)
	places := analyticsOf(t, s, dir)
	places["/api/events"] = []byte(s.admin.do(t, "GET", "/api/events", "", http.StatusOK).body)
	var err error
	if places["the dump of Redis"], err = dump(t.Context(), r.Client()); err != nil {
		t.Fatal(err)
	}
	places["the commands that Redis was sent"] = []byte(strings.Join(seen.mark(t, r.Client()), ""))
	places["what the webhook is told"] = []byte(asJSON(hook.told()))
	search(t, append(s.issuedTokens(), strangers...), sessions[0], places, s.here().log.String()+s.there().log.String())
}

func TestI4_NoCredentialInTheFile(t *testing.T) {
	dir, hook := t.TempDir(), receive(t)
	s := open(t, 1, append([]string{"-data", dir, "-webhook", hook.url}, leakFlags...)...)
	sessions, strangers := manyUsers(t, s, hook)
	tokens := append(s.issuedTokens(), strangers...)
	search(t, tokens, sessions[0], analyticsOf(t, s, dir), s.here().log.String())
	id, err := base64.RawURLEncoding.DecodeString(sessions[0])
	if err != nil {
		t.Fatal(err)
	}
	search(t, tokens, string(id), map[string][]byte{"the sessions": filesOf(t, dir, "sessions.db")}, "")
}

// filesOf returns what is in a file of a shop's directory, and in its log beside it.
func filesOf(t *testing.T, dir, name string) []byte {
	t.Helper()
	var kept []byte
	for _, suffix := range []string{"", "-wal", "-shm"} {
		b, err := os.ReadFile(filepath.Join(dir, name+suffix))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		kept = append(kept, b...)
	}
	return kept
}

// analyticsOf returns what a shop keeps for its reports, and tells in them.
func analyticsOf(t *testing.T, s *shop, dir string) map[string][]byte {
	t.Helper()
	places := map[string][]byte{
		"the warehouse": filesOf(t, dir, "analytics.db"),
		"the outbox":    filesOf(t, dir, "analytics.db.campaigns"),
	}
	var reports strings.Builder
	for _, question := range append([]string{"carts?idle=1ms&limit=10000&bots=true"}, questions...) {
		a, err := s.tryAsAdmin("/api/report/"+question, http.StatusOK)
		if err != nil {
			t.Error(err)
		}
		reports.WriteString(a.body)
	}
	places["the reports"] = []byte(reports.String())
	return places
}

// manyUsers does all that shops do, and returns the sessions of those who did it,
// and made-up tokens that they tried. The first leaves a cart behind, of which the
// webhook is told.
func manyUsers(t *testing.T, s *shop, hook *receiver) (sessions, strangers []string) {
	t.Helper()
	const users = 25
	sessions = make([]string, users)
	strangers = make([]string, users) // with a known ID and a secret of their own
	for i := range strangers {
		c := s.client()
		c.add(t, "sencha", 1)
		strangers[i] = forge(t, c.jar.get(), func(_, secret []byte) { secret[0] ^= 1 })
	}
	together(t, "a run with many users", users, func(i int) error {
		c := s.client()
		name := fmt.Sprintf("user-leak-%d", i%10)
		var errs []error
		note := func(_ answer, err error) { errs = append(errs, err) }
		page, err := c.tryOpen("/tea/sencha")
		note(page, err)
		note(c.tryBeacon(viewOf(page), 12_000))
		_, _, err = c.tryAdd("sencha", 1)
		note(answer{}, err)
		note(c.tryOpen("/cart"))
		note(c.tryLogin(name))
		spent := c.copied()
		for n := range 12 {
			// 409: another browser of the user has ended this one's session.
			note(c.try("PUT", "/api/preferences/key"+strconv.Itoa(n), "value", http.StatusNoContent, http.StatusConflict))
			note(c.try("POST", "/api/points", "", http.StatusOK, http.StatusConflict))
			note(c.try("GET", "/api/sessions", ""))
			note(c.try("POST", "/api/subscribe", ""))
			pass(time.Now().Add(30 * time.Millisecond)) // secrets rotate meanwhile
		}
		m, _, err := c.tryMe()
		note(answer{}, err)
		sessions[i] = m.Session
		note(c.try("POST", "/api/login", credentials(name, "wrong"), http.StatusUnauthorized))
		switch i % 5 {
		case 0:
			note(c.try("POST", "/api/logout", ""))
		case 1:
			note(c.try("DELETE", "/api/sessions", ""))
		case 2:
			note(spent.try("GET", "/api/me", "")) // theft, in time
			note(spent.try("PUT", "/api/preferences/x", "y"))
		case 3:
			note(c.try("POST", "/api/checkout", ""))
		case 4:
			note(s.holding(strangers[i]).try("GET", "/api/me", ""))
			note(s.holding(c.jar.get()[:20]).try("GET", "/", ""))
		}
		return summary(errs)
	})
	hook.first(t, sessions[0])
	s.events(t)
	return sessions, strangers
}

// search looks for the tokens, however they are written down, in the places and
// in what the instances print. Where it does not find the ID of a session that
// was there, it sees nothing.
func search(t *testing.T, tokens []string, session string, places map[string][]byte, printed string) {
	t.Helper()
	if len(tokens) < 75 {
		t.Errorf("%d tokens are not much to look for", len(tokens))
	}
	for place, text := range places {
		t.Logf("%d tokens in %s, of %d bytes", len(tokens), place, len(text))
		if found := bytes.Contains(text, []byte(session)); !found && session != "" {
			t.Errorf("%s does not even contain the ID of a session: the search sees nothing", place)
		}
	}
	places["what the instances print"] = []byte(printed)
	needles, err := needlesOf(tokens)
	if err != nil {
		t.Fatal(err)
	}
	for place, text := range places {
		if bytes.Contains(text, []byte(webhookKey)) || bytes.Contains(text, []byte(strings.TrimPrefix(webhookSecret, "whsec_"))) {
			t.Errorf("I4: %s contains the secret of the webhook", place)
		}
		for i := 0; i+window <= len(text); i++ {
			for _, n := range needles[[window]byte(text[i:])] {
				if bytes.HasPrefix(text[i:], n.text) {
					t.Errorf("I4: %s contains %s: %q", place, n.form, text[max(0, i-120):i])
				}
			}
		}
	}
}

// window is how much of a needle a search looks at first.
const window = 16

type needle struct {
	form string
	text []byte
}

// needlesOf returns all spellings of the tokens by how they begin.
func needlesOf(tokens []string) (map[[window]byte][]needle, error) {
	all := map[[window]byte][]needle{}
	for _, token := range tokens {
		forms, err := spellings(token)
		if err != nil {
			return nil, err
		}
		for form, text := range forms {
			all[[window]byte(text)] = append(all[[window]byte(text)], needle{form, text})
		}
	}
	return all, nil
}
